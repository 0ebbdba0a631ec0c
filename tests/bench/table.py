"""What a benchmark found, as rows of one table. Computes only."""

import math
import platform
import statistics
from collections.abc import Sequence

import msgspec


class Result(msgspec.Struct, frozen=True):
    """`measured` is ours and `peer` what it is held against, taken in turns in the same run;
    `ratio` is ours by the peer's; `command` gives the row again."""

    name: str
    measured: str
    limit: str = ""
    reached: bool = True
    peer: str = ""
    ratio: str = ""
    command: str = ""


def beside(
    name: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    unit: str,
    peer: str,
    least: float | None = None,
    most: float | None = None,
    note: str = "",
    command: str = "",
) -> Result:
    """Medians of the repeats of both, and whether their ratio is within `least` and `most`."""
    ratio = statistics.median(ours) / statistics.median(theirs)
    digits = 0 if statistics.median(ours) >= 100 else 1
    reached = (least is None or ratio >= least) and (most is None or ratio <= most)
    limits = [f"≥ {least:g}×"] if least is not None else []
    limits += [f"≤ {most:g}×"] if most is not None else []
    return Result(
        name=name,
        measured=spread(ours, unit, digits) + (f"; {note}" if note else ""),
        limit=", ".join(limits),
        reached=reached,
        peer=f"{peer}: {spread(theirs, unit, digits)}",
        ratio=times(ratio),
        command=command,
    )


def times(ratio: float) -> str:
    """Three significant digits are more than a noisy machine gives."""
    return f"{ratio:.0f}×" if ratio >= 20 else f"{ratio:.3g}×"


def spread(values: Sequence[float], unit: str, digits: int) -> str:
    """The median, and the range of the repeats behind it."""
    middle = f"{statistics.median(values):,.{digits}f}{unit}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def at(values: Sequence[float], share: float) -> float:
    """The value that `share` of all are at or below (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * share) - 1)]


def markdown(results: Sequence[Result], notes: Sequence[str] = ()) -> str:
    """Columns that no row fills are left out."""
    columns = [("figure", [one.name for one in results])]
    columns.append(("measured", [one.measured for one in results]))
    columns.append(("beside", [one.peer for one in results]))
    columns.append(("ratio", [one.ratio for one in results]))
    columns.append(("limit", [one.limit for one in results]))
    columns.append(("reached", [_mark(one) for one in results]))
    columns.append(("again with", [f"`{one.command}`" if one.command else "" for one in results]))
    optional = {"beside", "ratio", "again with"}
    kept = [(title, cells) for title, cells in columns if title not in optional or any(cells)]
    lines = [_line([title for title, _ in kept]), "|" + "---|" * len(kept)]
    lines += [_line([cells[row] for _, cells in kept]) for row in range(len(results))]
    return "\n".join([*lines, *(f"\n{note}" for note in notes)]) + "\n"


def machine() -> str:
    return f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}"


def _mark(one: Result) -> str:
    if one.limit or not one.reached:
        return "yes" if one.reached else "**no**"
    return ""


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
