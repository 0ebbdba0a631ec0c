"""Lifts as rows of a table: what each was taken for, how sure that is, and by what."""

from collections.abc import Sequence
from functools import partial

from projections.console.district.times import moment
from projections.console.district.vehicle import shown
from projections.console.format import NONE, mass, percent, seconds
from projections.console.links import bin_href, event_href
from projections.console.nodes import Node, badge, icon, node
from projections.console.region import Item
from projections.console.texts import Words
from projections.waste_district.asked.bin_story import LiftTold

_LATE_S = 600  # worth a word


def heads(words: Words, *, whose: bool) -> Node:
    """`whose`: the table is about several bins, and names each; else about several vehicles."""
    return node(
        "tr",
        node("th", words("lift.when")),
        node("th", words("lift.bin") if whose else words("lift.vehicle")),
        node("th", words("lift.by")),
        node("th.num", words("lift.confidence")),
        node("th.num", words("lift.gross")),
        node("th.num", words("lift.tare")),
        node("th.num", words("lift.net")),
        node("th", words("lift.remarks")),
    )


def items(lifts: Sequence[LiftTold], words: Words, *, whose: bool) -> list[Item]:
    return [
        Item(f"{one.id} {one.source} {one.ms}", one, partial(drawn, one, words, whose))
        for one in lifts
    ]


def drawn(one: LiftTold, words: Words, whose: bool) -> Node:
    href = event_href(one.position, one.id)
    look = "tr" if one.counted else "tr.over"
    return node(
        f"{look}.{one.category or 'unknown'}",
        node("td", node("a", moment(one.ms), href=href)),
        node("td", _bin(one, words) if whose else shown(one.vehicle, words)),
        node("td", node("span", words.named("liftby", one.by or "nothing")),
             node("em.clip", _evidence(one, words), title=one.uid)),
        node("td.num", node(f"span.sure.{_sure(one.confidence)}", percent(one.confidence))),
        node("td.num", mass(one.gross_g)),
        node("td.num", mass(one.tare_g)),
        node("td.num", node("b", mass(one.net_g) if one.weighed else NONE)),
        node("td.remarks", *_remarks(one, words)),
        data_event_id=one.id,
    )  # fmt: skip


def _bin(one: LiftTold, words: Words) -> Node:
    if not one.bin:
        return node("span.none", words("lift.unidentified"), node("em", one.compound or NONE))
    return node(
        "a", node("span.swatch"), one.bin.partition("/")[2], title=one.bin, href=bin_href(one.bin)
    )


def _evidence(one: LiftTold, words: Words) -> str:
    said = [one.uid] if one.uid else []
    if one.lat is not None:
        said.append(words("lift.placed"))
    return " · ".join(said)


def _sure(confidence: float) -> str:
    return "high" if confidence >= 0.9 else "middle" if confidence >= 0.5 else "low"


def _remarks(one: LiftTold, words: Words) -> list[Node]:
    found: list[Node] = []
    if one.double_of:
        found.append(badge("late", "once", words("lift.double")))
    if one.refused:
        found.append(
            badge(
                "warm", "cross", words("lift.refused", why=words.named("refusedbin", one.refused))
            )
        )
    if one.stray:
        found.append(badge("warm", "active", words("lift.stray", point=one.stray)))
    found += [
        badge("warm", "active", words.named("liftflag", flag))
        for flag in one.flags
        if flag != "stray"
    ]
    if one.late_s >= _LATE_S:
        found.append(node("span.note", icon("late"), words("lift.late", age=seconds(one.late_s))))
    return found
