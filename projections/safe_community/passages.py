"""Passages as lists and counts: the newest at the top, and how many in each minute and hour."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.event import Recorded
from projections import window
from projections.safe_community.rows.passages import Flow, Passage, Recent
from projections.view import Rows, added

RECENT = 60  # passages in the list
MINUTES = 180  # minute buckets kept
HOURS = 24 * 14  # hour buckets kept

_replace = msgspec.structs.replace


def passed(rows: Rows, item: Recorded, passage: Passage) -> None:
    recent = rows.get("recent", "passages", Recent) or Recent()
    place = _place(recent.passages, (passage.at, passage.id))
    if place < RECENT:
        before, after = recent.passages[:place], recent.passages[place : RECENT - 1]
        rows.put("recent", "passages", Recent(passages=(*before, passage, *after)))
    if passage.decision in ("granted", "denied"):
        at = window.buckets(item.moment)
        _count(rows, "minute", at.minute, MINUTES, passage)
        _count(rows, "hour", at.hour, HOURS, passage)


def mark(rows: Rows, subject: str, id: str, **fields: Any) -> None:
    """What became of a passage. It is told by the same journal later than the passage, so one
    that is no longer in the list would not be in it however the log was read."""
    recent = rows.get("recent", "passages", Recent)
    if recent is None or not id:
        return
    for place, one in enumerate(recent.passages):
        if one.id == id and one.subject == subject:
            marked = _replace(one, **fields)
            listed = (*recent.passages[:place], marked, *recent.passages[place + 1 :])
            rows.put("recent", "passages", Recent(passages=listed))
            return


def _place(passages: Sequence[Passage], order: tuple[str, str]) -> int:
    """Among passages that stand newest first; most are newer than all."""
    for place, known in enumerate(passages):
        if order >= (known.at, known.id):
            return place
    return len(passages)


def _count(rows: Rows, kind: str, bucket: str, keep: int, passage: Passage) -> None:
    found = rows.get(kind, bucket, Flow)
    flow = found or Flow(bucket=bucket)
    if passage.decision == "denied":
        flow = _replace(flow, denied=flow.denied + 1)
    elif passage.who == "vehicle":
        flow = _replace(flow, vehicles=flow.vehicles + 1)
    else:
        flow = _replace(flow, granted=added(flow.granted, passage.who, 1))
    if found is not None or window.room(rows, kind, bucket, keep):
        rows.put(kind, bucket, flow)
