"""Subscriptions by topic level, and what a topic matches, remembered until a subscription moves."""

from typing import Generic, TypeVar

import msgspec

from edge.endpoint.packets import Filter
from edge.endpoint.topics import ONE, REST, Level, Levels

Who = TypeVar("Who")
_REMEMBERED = 4096  # topics; forgotten together when full


class Subscription(msgspec.Struct, frozen=True):
    options: Filter
    id: int = 0  # 0: none was given


class Match(Generic[Who]):
    """Who gets a message: each own subscription, and of each shared one somebody."""

    __slots__ = ("own", "shared")

    def __init__(self) -> None:
        self.own: dict[Who, list[Subscription]] = {}
        self.shared: list[dict[Who, Subscription]] = []


class _Node(Generic[Who]):
    __slots__ = ("below", "own", "shared")

    def __init__(self) -> None:
        self.below: dict[Level, _Node[Who]] = {}
        self.own: dict[Who, Subscription] = {}
        self.shared: dict[str, dict[Who, Subscription]] = {}

    def empty(self) -> bool:
        return not (self.below or self.own or self.shared)


class Tree(Generic[Who]):
    def __init__(self) -> None:
        self._root: _Node[Who] = _Node()
        self._remembered: dict[str, Match[Who] | None] = {}
        self.count = 0  # of subscriptions; 0 means that nobody need be asked

    def add(self, who: Who, share: str, levels: Levels, subscription: Subscription) -> bool:
        """Whether it is new; an equal filter takes the place of the one before."""
        node = self._root
        for level in levels:
            node = node.below.setdefault(level, _Node())
        place = node.shared.setdefault(share, {}) if share else node.own
        new = who not in place
        place[who] = subscription
        self.count += new
        self._remembered.clear()
        return new

    def remove(self, who: Who, share: str, levels: Levels) -> bool:
        path: list[tuple[_Node[Who], Level]] = []
        node = self._root
        for level in levels:
            path.append((node, level))
            below = node.below.get(level)
            if below is None:
                return False
            node = below
        place = node.shared.get(share, {}) if share else node.own
        if who not in place:
            return False
        del place[who]
        if share and not place:
            del node.shared[share]
        for above, level in reversed(path):
            if not above.below[level].empty():
                break
            del above.below[level]
        self.count -= 1
        self._remembered.clear()
        return True

    def match(self, topic: str) -> Match[Who] | None:
        """None when nobody listens."""
        try:
            return self._remembered[topic]
        except KeyError:
            pass
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        found = self._remembered[topic] = self._look(topic)
        return found

    def _look(self, topic: str) -> Match[Who] | None:
        found: Match[Who] = Match()
        nodes = [self._root]
        for depth, level in enumerate(topic.split("/")):
            wild = depth > 0 or not level.startswith("$")
            after: list[_Node[Who]] = []
            for node in nodes:
                if (same := node.below.get(level)) is not None:
                    after.append(same)
                if wild and (one := node.below.get(ONE)) is not None:
                    after.append(one)
                if wild and (rest := node.below.get(REST)) is not None:
                    _collect(found, rest)
            nodes = after
        for node in nodes:
            _collect(found, node)
            if (rest := node.below.get(REST)) is not None:  # `a/#` matches `a`
                _collect(found, rest)
        return found if found.own or found.shared else None


def _collect(found: Match[Who], node: _Node[Who]) -> None:
    for who, subscription in node.own.items():
        found.own.setdefault(who, []).append(subscription)
    found.shared.extend(node.shared.values())
