"""Which version of the policy each gateway decides by, and what is wrong with the place itself."""

from datetime import datetime
from functools import partial

from projections.console.format import NONE, clock
from projections.console.links import listed, subject_href
from projections.console.nodes import Node, badge, node
from projections.console.places import place
from projections.console.region import Item
from projections.console.snapshots import Sight, row, rows
from projections.console.texts import Words
from projections.safe_community.rows.findings import Finding
from projections.safe_community.rows.gateways import Gateway
from projections.safe_community.rows.policy import Rulebook

HEADS = ("gateway", "holds", "since", "state")


def book(sight: Sight) -> Rulebook:
    return row(sight.safe, "policy", "policy", Rulebook) or Rulebook()


def behind(found: Rulebook, names: list[str]) -> int:
    return sum(found.gateways.get(name, 0) < found.version for name in names)


def gateways(sight: Sight) -> list[str]:
    """Those that were heard of and those that told of a policy."""
    found = book(sight)
    heard = (one.gateway for one in rows(sight.safe, "gateway", Gateway))
    return sorted({*heard, *found.gateways, *found.refused})


def note(sight: Sight, words: Words) -> str:
    found = book(sight)
    if not found.version:
        return words("rulebook.none")
    by = words("rulebook.by", who=found.actor or NONE, when=clock(found.since, sight.now))
    return f"{words('people.version', n=found.version)} · {by}"


def lead(sight: Sight, words: Words) -> list[Item]:
    text = note(sight, words)
    href = listed(sight.compound, "policy.")
    return [Item("lead", text, lambda: node("div.lead", node("a.note", text, href=href)))]


def heads(words: Words) -> Node:
    return node("tr", *(node("th", words(f"rulebook.{key}")) for key in HEADS))


def items(sight: Sight, words: Words) -> list[Item]:
    found = book(sight)
    made = []
    for name in gateways(sight):
        held, refused = found.gateways.get(name, 0), found.refused.get(name, "")
        since = found.adopted.get(name, "")
        seen = (held, refused, since, found.version, sight.today)
        draw = partial(_gateway, name, held, found.version, since, refused, words, sight)
        made.append(Item(name, seen, draw))
    return made


def _gateway(
    name: str, held: int, newest: int, since: str, refused: str, words: Words, sight: Sight
) -> Node:
    if refused:
        why = words.named("policyrefused", refused)
        state = badge("hot", "cross", words("rulebook.refused", why=why))
    elif not held:
        state = badge("warm", "late", words("rulebook.unheld"))
    elif held < newest:
        state = badge("warm", "late", words("rulebook.older"))
    else:
        state = badge("calm", "check", words("rulebook.current"))
    href = listed(sight.compound, "policy.", subject=f"gateway/{name}")
    return node(
        "tr",
        node("td", node("a", name, href=href)),
        node("td", node("a", str(held) if held else NONE, href=href)),
        node("td", clock(since, sight.now), title=since),
        node("td", state),
    )


def finding_items(sight: Sight, words: Words) -> list[Item]:
    found = sorted(rows(sight.safe, "finding", Finding), key=lambda one: (one.kind, one.subject))
    return [
        Item(f"{one.kind}:{one.subject}", (one, sight.today),
             partial(finding, one, words, sight.now, subject_href(one.subject, sight.compound)))
        for one in found
    ]  # fmt: skip


def finding(one: Finding, words: Words, now: datetime, href: str = "") -> Node:
    return node(
        "a.finding" if href else "div.finding",
        badge("warm", "active", words.named("finding", one.kind)),
        node("b", place(one.subject, words)) if href else None,
        node("span.note", words.named("findingdetail", one.detail)),
        node("span.num", clock(one.since, now), title=one.since),
        href=href,
    )
