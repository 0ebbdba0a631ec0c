"""What the whole page must be read with: nothing heard of yet, the database away, a view that
stands still, a log that is not what was signed, events that this version cannot read yet."""

from projections.console.nodes import Node, icon, node
from projections.console.region import Item
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.failure import Failure


def notices(sight: Sight, words: Words) -> list[Item]:
    found: list[Item] = []
    if not sight.compound:
        found.append(_item("waiting", "", node("p.waiting", icon("late"), words("nav.waiting"))))
    if sight.away:
        found.append(_item("away", "", _trouble(words("trouble.away"))))
    found += [
        _item(f"stopped {one.view}", one, _trouble(_stopped(one, words))) for one in sight.stopped
    ]
    if sight.diverged is not None:
        text = words("trouble.diverged", position=sight.diverged.position)
        found.append(_item("diverged", sight.diverged, _trouble(text)))
    if sight.unread:
        text = words("trouble.unread", count=sight.unread)
        found.append(_item("unread", sight.unread, node("p.waiting", icon("late"), text)))
    return found


def _stopped(one: Failure, words: Words) -> str:
    return words(
        "trouble.stopped",
        view=words.named("view", one.view),
        position=one.position,
        type=one.type,
        error=one.error,
    )


def _trouble(text: str) -> Node:
    return node("p.trouble", icon("cut"), text, role="alert")


def _item(key: str, seen: object, drawn: Node) -> Item:
    return Item(key, seen, lambda: drawn)
