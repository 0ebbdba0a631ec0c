"""What the log says of itself: its newest checkpoint, and who has signed it."""

from core.tlog.log import TransparencyLog
from core.tlog.published import Published
from projections.console.format import count
from projections.console.nodes import Node, node
from projections.console.region import Item
from projections.console.snapshots import Sight
from projections.console.texts import Words


def items(tlog: TransparencyLog, _: Sight, words: Words) -> list[Item]:
    found = tlog.published()
    if found is None:
        return [Item("none", None, lambda: node("p.waiting", words("audit.none")))]
    return [Item("log", found.checkpoint, lambda: drawn(tlog, found, words))]


def drawn(tlog: TransparencyLog, found: Published, words: Words) -> Node:
    head = found.checkpoint.head
    names = [one.name for one in found.checkpoint.note.signatures if one.name != head.origin]
    facts = (
        ("origin", node("code", head.origin)),
        ("size", count(head.size)),
        ("root", node("code", head.root.hex(), title=head.root.hex())),
        ("key", node("code", tlog.key.encode(), title=tlog.key.encode())),
        ("cosigned", " · ".join(names) or words("audit.nobody")),
    )
    pairs = (
        node("div", node("dt", words(f"audit.{name}")), node("dd", value)) for name, value in facts
    )
    return node("dl.facts.log", *pairs)
