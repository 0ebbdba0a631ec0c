"""A plan for a compound nobody drew one of: areas as boxes, doors on them, cameras below."""

import math
from collections.abc import Collection, Mapping, Sequence

from core.site import OUTSIDE, Site
from projections.console.nodes import Node, node
from projections.console.places import name, natural, place
from projections.console.plan_file import Drawing
from projections.console.texts import Words

WIDTH = 532
_ACROSS = 8
_MANY = 400  # things of one box that are drawn; the door list has all
_LABELLED = 30
_LABEL = 10  # Latin characters
_CELL, _HIGH = 64, 60
_PAD, _GAP, _HEAD = 6, 6, 24


def drawn(site: Site, doors: Collection[str], cameras: Collection[str], words: Words) -> Drawing:
    """`doors` and `cameras` are subjects with rows; what the site describes is added to them."""
    boxes: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for area, described in site.areas.items():
        boxes.setdefault(area, [])
        titles[area] = described.title or area
    known: set[str] = set()
    seen_as: dict[str, str] = {}
    for one in doors:
        seen_as.setdefault(name(one), one)
    for key, door in site.doors.items():
        subject = seen_as.get(key, f"door/{key}")
        known.add(subject)
        area = door.to_area if door.to_area != OUTSIDE else door.from_area
        boxes.setdefault(area, []).append(subject)
        titles.setdefault(area, area)
    loose = [one for one in doors if one not in known]
    if loose:
        boxes.setdefault("", []).extend(loose)
        titles.setdefault("", words("plan.elsewhere") if known else words("door.title"))
    seen = [*cameras, *(f"camera/{key}" for key in site.cameras if f"camera/{key}" not in cameras)]
    if seen:
        boxes["camera/"] = seen
        titles["camera/"] = words("plan.cameras")
    names = _titles(site)
    parts: list[Node] = []
    left, top, low = _PAD, _PAD, _PAD  # where the next box goes; where the row of boxes ends
    for area, things in boxes.items():
        wide = _wide(len(things))
        if left + wide > WIDTH - _PAD + 1:
            left, top = _PAD, low
        place_at = (left, top, wide)
        made, height = _box(
            titles[area], sorted(things, key=natural)[:_MANY], place_at, names, words
        )
        parts += made
        left, low = left + wide + _GAP, max(low, top + height + _GAP)
    root = node(
        "svg", *parts, viewBox=f"0 0 {WIDTH} {max(low, 120)}", font_size="15", text_anchor="middle"
    )
    return Drawing(root, frozenset(one for things in boxes.values() for one in things))


def _titles(site: Site) -> Mapping[str, str]:
    titles = {f"door/{key}": door.title for key, door in site.doors.items()}
    return titles | {f"camera/{key}": camera.title for key, camera in site.cameras.items()}


def _wide(things: int) -> int:
    """Small areas stand side by side; a box with a row of its own is as wide as the plan."""
    if things > _ACROSS - 2:
        return WIDTH - 2 * _PAD
    return max(things, 1) * _CELL - (_GAP if things < 2 else 0)


def _box(
    title: str,
    things: Sequence[str],
    at: tuple[int, int, int],
    names: Mapping[str, str],
    words: Words,
) -> tuple[list[Node], int]:
    """A titled frame with its things in rows; the more there are, the smaller they get.
    `at`: left, top, width."""
    left, top, room = at
    labelled = len(things) <= _LABELLED
    most = max(1, round(room / _CELL))
    across = most if labelled else min(math.ceil(math.sqrt(len(things) * 3)), 40)
    cell = room / across
    high = _HIGH if labelled else cell
    rows = math.ceil(len(things) / across)
    height = round(_HEAD + rows * high + 4)
    shown = title[:60] if room > _CELL else _fitting(title)
    made: list[Node] = [
        node("rect", x=str(left), y=str(top), width=str(room), height=str(height), rx="8",
             fill="#17212d", stroke="#2e3b4e"),
        node("text", shown, x=str(left + 6), y=str(top + 17), fill="#93a2b5", font_size="12",
             text_anchor="start"),
    ]  # fmt: skip
    for number, subject in enumerate(things):
        x = left + (number % across + 0.5) * cell
        y = top + _HEAD + (number // across) * high + (18 if labelled else high / 2)
        size = 15 if labelled else max(4.0, cell * 0.36)
        label = names.get(subject) or place(subject, words)
        parts = [
            node("rect", x=f"{x - size:.1f}", y=f"{y - size:.1f}", width=f"{2 * size:.1f}",
                 height=f"{2 * size:.1f}", rx="3", fill="#0d131b", stroke="#2e3b4e"),
        ]  # fmt: skip
        if labelled:
            text = _fitting(label)
            parts.append(
                node(
                    "text", text, x=f"{x:.1f}", y=f"{y + 31:.1f}", fill="#dbe4ee", font_size="11.5"
                )
            )
        made.append(node("g", *parts, data_subject=subject))
    return made, height


def _fitting(label: str) -> str:
    """As much as a cell has room for; a Chinese character is as wide as two Latin ones."""
    room = _LABEL
    for at, char in enumerate(label):
        room -= 2 if char > "\u2e7f" else 1
        if room < 0:
            return f"{label[: at - 1]}…"
    return label
