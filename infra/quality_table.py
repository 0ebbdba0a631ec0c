"""A compound's sorting quality as lines for a terminal: what, which, then tabs."""

from collections.abc import Iterator, Mapping
from typing import Any

_NONE = "-"


def quality_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """`found`: the API's answer."""
    yield _scored("compound", found["compound"])
    for what in ("points", "buildings"):
        for one in found[what]:
            yield _scored(what.removesuffix("s"), one)
    for one in found["criteria"]:
        yield _criterion(one)


def _scored(what: str, one: Mapping[str, Any]) -> str:
    score = _NONE if one["score"] is None else f"{one['score']:.1f}"
    causes = "; ".join(
        f"{cause['what']} x{cause['count']} -{cause['points']:.1f}" for cause in one["causes"]
    )
    return f"{what}\t{one['name']}\t{score}\t{causes}".rstrip()


def _criterion(one: Mapping[str, Any]) -> str:
    value = _NONE if one["value"] is None else f"{one['value']:g}"
    least = one["atLeast"] is not None
    wanted = f"{'>=' if least else '<='} {one['atLeast' if least else 'atMost']:g} {one['unit']}"
    return f"criterion\t{one['name']}\t{one['result']}\t{value}\t{wanted}\t{one['source']}"
