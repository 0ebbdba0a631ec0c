"""The gap report as three tables: journals, what was declared, records of devices."""

from datetime import datetime

from projections.audit.gaps import DeclaredGap, DeviceGap, Gaps, JournalGap, Range
from projections.console.format import clock, count
from projections.console.links import device_href
from projections.console.nodes import Node, badge, node
from projections.console.texts import Words
from projections.view import DISTRICT

_MOST = 200  # rows of one table
_NUMBERS = frozenset(("epoch", "numbers", "count", "records", "left", "when", "position"))
_HEADS = {
    "journals": ("gateway", "epoch", "lane", "numbers", "count", "lost"),
    "declared": ("gateway", "what", "reason", "lost", "when", "position"),
    "devices": ("device", "records", "left", "when", "position"),
}


def tables(found: Gaps, words: Words, now: datetime) -> list[Node]:
    journals = [_journal(one, words) for one in found.journals]
    declared = [_declared(one, words, now) for one in reversed(found.declared)]
    devices = [_device(one, words, now) for one in reversed(found.devices)]
    made = {"journals": journals, "declared": declared, "devices": devices}
    return [_table(words, name, rows) for name, rows in made.items()]


def _table(words: Words, name: str, rows: list[Node]) -> Node:
    heads = _HEADS[name]
    if not rows:
        return node("section", node("h3", words(f"audit.{name}")),
                    node("p.waiting", words.named("audit", f"no{name}")))  # fmt: skip
    head = node(
        "tr",
        *(node("th.num" if one in _NUMBERS else "th", words(f"audit.{one}")) for one in heads),
    )
    shown = rows[:_MOST]
    if len(rows) > _MOST:
        more = node("td", f"… {count(len(rows) - _MOST)}", colspan=str(len(heads)))
        shown = [*shown, node("tr.more", more)]
    table = node("table.grid", node("thead", head), node("tbody", *shown))
    return node("section", node("h3", words(f"audit.{name}")), table, data_table=name)


def _journal(one: JournalGap, words: Words) -> Node:
    whole = badge("calm", "check", words("audit.whole"))
    lost = badge("hot", "cross", _ranges(one.missing)) if one.missing else whole
    return node(
        "tr.warm" if one.missing else "tr",
        node("td", _gateway(one.compound, one.gateway, words), title=one.journal),
        node("td.num", str(one.epoch)),
        node("td", words.named("lane", one.lane)),
        node("td.num", f"{count(one.first)} – {count(one.last)}"),
        node("td.num", count(one.events)),
        node("td", lost),
        data_journal=one.journal,
    )


def _declared(one: DeclaredGap, words: Words, now: datetime) -> Node:
    return node(
        "tr",
        node("td", _gateway(one.compound, one.gateway, words)),
        node("td", words.named("type", one.type)),
        node("td", words.named("because", one.reason), title=one.detail),
        node("td.num", count(one.count) if one.count else ""),
        node("td.num", clock(one.at, now), title=one.at),
        node("td.num", _place(one.position)),
    )


def _device(one: DeviceGap, words: Words, now: datetime) -> Node:
    href = device_href(one.device, one.compound)
    left = badge("warm", "late", _ranges(one.left)) if one.left else words("audit.filled")
    return node(
        "tr.warm" if one.left else "tr",
        node("td", node("a", f"{one.compound} / {one.device}", href=href)),
        node("td.num", _ranges([(one.first, one.last)]), title=f"{one.method} {one.epoch}"),
        node("td.num", left),
        node("td.num", clock(one.at, now), title=one.at),
        node("td.num", _place(one.position)),
        data_device=one.device,
    )


def _gateway(compound: str, gateway: str, words: Words) -> str:
    return f"{compound} / {gateway}" if compound not in ("", DISTRICT) else words("audit.hub")


def _ranges(ranges: list[Range]) -> str:
    return " · ".join(count(low) if low == high else f"{count(low)}–{count(high)}"
                      for low, high in ranges)  # fmt: skip


def _place(position: int) -> Node:
    return node("a", count(position), href=f"/events/{position}")
