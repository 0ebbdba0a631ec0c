"""What a demonstration compound has to show, each with what was found and whose wish it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from projections.console.format import NONE
from projections.console.nodes import Node, badge, node
from projections.console.region import Item
from projections.console.texts import Words
from projections.waste_district.sorting.criteria import Unit
from projections.waste_district.sorting.demonstration import Criterion, Result

_LOOKS: Mapping[Result, tuple[str, str]] = {
    "met": ("calm", "check"), "not-met": ("warm", "cross"), "no-data": ("quiet", "once")
}  # fmt: skip
_HEADS = ("result", "criterion", "value", "wanted")


def summary(criteria: Sequence[Criterion], words: Words) -> list[Item]:
    """How many are met, are not, and cannot be told."""
    counted = Counter(one.result for one in criteria)
    return [
        Item(result, counted[result], partial(_count, result, counted[result], words))
        for result in _LOOKS
        if counted[result]
    ]


def _count(result: Result, number: int, words: Words) -> Node:
    return badge(*_LOOKS[result], f"{words(f'quality.result.{result}')} {number}")


def heads(words: Words) -> Node:
    return node(
        "tr",
        *(
            node("th.num" if one in ("value", "wanted") else "th", words(f"quality.{one}"))
            for one in _HEADS
        ),
    )


def items(criteria: Sequence[Criterion], words: Words) -> list[Item]:
    return [Item(one.name, one, partial(_drawn, one, words)) for one in criteria]


def _drawn(one: Criterion, words: Words) -> Node:
    return node(
        "tr",
        node("td", badge(*_LOOKS[one.result], words(f"quality.result.{one.result}"))),
        node("td.source", words.named("quality", f"criterion.{one.name}"),
             node("em", words.named("quality", f"source.{one.source}"))),
        node("td.num", node("b", _told(one.value, one.unit))),
        node("td.num", _wanted(one), _unit(one.unit, words)),
        data_criterion=one.name,
        data_result=one.result,
    )  # fmt: skip


def _unit(unit: Unit, words: Words) -> Node | None:
    """A share says so by its sign."""
    return node("em", words(f"quality.unit.{unit}")) if unit != "share" else None


def _wanted(one: Criterion) -> str:
    if one.at_least is not None:
        return f"≥ {_told(one.at_least, one.unit)}"
    return f"≤ {_told(one.at_most, one.unit)}"


def _told(value: float | None, unit: Unit) -> str:
    """Fine enough that what just fails does not read like the threshold."""
    if value is None:
        return NONE
    return f"{value * 100:.4g}%" if unit == "share" else f"{value:.4g}"
