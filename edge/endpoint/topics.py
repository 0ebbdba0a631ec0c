"""Topic names and filters (MQTT 5 §4.7): what is one, and what matches what.

A filter is compiled to its levels. A value put in for a placeholder becomes literal levels, so
that a client called `+` or `a/#` is never given more than its own name.
"""

from collections.abc import Iterable, Mapping

SHARE = "$share/"


class _Wild:
    """A wildcard level; never equal to a level that merely looks like one."""

    def __init__(self, sign: str) -> None:
        self._sign = sign

    def __repr__(self) -> str:
        return self._sign


ONE, REST = _Wild("+"), _Wild("#")
Level = str | _Wild
Levels = tuple[Level, ...]


def is_name(topic: str) -> bool:
    """What may be published to: at least one character, no wildcards."""
    return bool(topic) and "+" not in topic and "#" not in topic


def is_filter(topic: str) -> bool:
    if not topic:
        return False
    levels = topic.split("/")
    last = len(levels) - 1
    for place, level in enumerate(levels):
        if ("#" in level and (level != "#" or place != last)) or ("+" in level and level != "+"):
            return False
    return True


def share_of(topic: str) -> tuple[str, str] | None:
    """(share name, filter) of a shared subscription; ("", topic) of any other; None when it
    begins like a shared one and is none."""
    if not topic.startswith(SHARE):
        return "", topic
    name, slash, rest = topic[len(SHARE) :].partition("/")
    if not name or not slash or "+" in name or "#" in name or not is_filter(rest):
        return None
    return name, rest


def compile_filter(topic: str, values: Mapping[str, str] | None = None) -> Levels:
    """`values` are put in for `{name}`, as a whole level or within one."""
    made: list[Level] = []
    for level in topic.split("/"):
        if level == "+":
            made.append(ONE)
        elif level == "#":
            made.append(REST)
        else:
            for name, value in (values or {}).items():
                level = level.replace("{" + name + "}", value)
            made += level.split("/")
    return tuple(made)


def matches(pattern: Levels, topic: str) -> bool:
    """A filter against a topic name. Wildcards in front do not match `$…` (§4.7.2)."""
    return covers(pattern, tuple(topic.split("/")))


def covers(pattern: Levels, other: Levels) -> bool:
    """Whether everything that `other`, a filter or a name, matches is matched by `pattern`."""
    first = other[0]
    if isinstance(first, str) and first.startswith("$") and not isinstance(pattern[0], str):
        return False
    for place, level in enumerate(pattern):
        if level is REST:
            return True
        if place >= len(other):
            return False
        theirs = other[place]
        if theirs is REST or (level is not ONE and level != theirs):
            return False
    return len(pattern) == len(other)


class Rules:
    """Who may use which topics: filters that allow, and with `!` in front, that forbid.

    `#` allows nothing that begins with `$`; a filter has to name such a topic's first level.
    """

    def __init__(self, filters: Iterable[str], values: Mapping[str, str]) -> None:
        self._allow: list[Levels] = []
        self._deny: list[Levels] = []
        for one in filters:
            if one.startswith("!"):
                self._deny.append(compile_filter(one[1:], values))
            elif not any(
                "/" in value and "{" + name + "}" in one for name, value in values.items()
            ):
                # With a slash in its name a client could claim a branch of another's topics.
                self._allow.append(compile_filter(one, values))

    @property
    def has_exceptions(self) -> bool:
        return bool(self._deny)

    def permits(self, topic: str) -> bool:
        """One topic name."""
        levels: Levels = tuple(topic.split("/"))
        if not any(covers(one, levels) for one in self._allow):
            return False
        return not any(covers(one, levels) for one in self._deny)

    def grants(self, levels: Levels) -> bool:
        """Every topic that a filter could match, but for those forbidden one by one."""
        return any(covers(one, levels) for one in self._allow)

    def forbids(self, levels: Levels) -> bool:
        """The whole filter is within what is forbidden."""
        return any(covers(one, levels) for one in self._deny)
