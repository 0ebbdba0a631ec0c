"""A stored event as the gate and the watch are told of it: with a time that can be believed."""

from datetime import datetime, timedelta

import msgspec

from core.moment import CLOCK_LAG, CLOCK_LEAD
from edge.group import Candidate
from edge.skew import SkewWatch
from edge.watch.fact import Fact

LATE = timedelta(minutes=10)  # longer ago is history: nothing is concluded from it
_LIVE = ("live", "manual")


class Facts:
    """Of one group. Owns nothing."""

    def __init__(self, now: datetime, before: int, skew: SkewWatch) -> None:
        """`before`: how many messages there were in earlier groups."""
        self._now, self._before, self._skew = now, before, skew
        self._earliest, self._latest = now - CLOCK_LAG, now + CLOCK_LEAD
        self._live = now - LATE

    def fact(self, one: Candidate, id: str) -> Fact:
        draft = one.draft
        data, personal = draft.data, draft.personal
        if personal is not None and personal.into:
            data = msgspec.structs.replace(data, **{personal.into: one.ref})
        at, told = self._now, one.told
        if told is not None and draft.timequality != "gateway":
            told += self._skew.behind(draft.device)
            if self._earliest <= told <= self._latest:
                at = told
        direct = draft.origin in _LIVE
        return Fact(
            data=data,
            subject=draft.subject,
            device=draft.device,
            id=id,
            at=at,
            now=self._now,
            live=direct and at >= self._live,
            message=self._before + one.message,
            direct=direct,
        )

    def aged(self, one: Candidate) -> bool:
        """Whether it may be old and nothing shows it: it waited, perhaps, at a broker or in the
        device, and has no time of its own, or one ahead of ours. A will never asks."""
        told, delivery = one.told, one.delivery
        timeless = told is None or one.draft.timequality == "gateway" or told > self._now
        return delivery.will or (delivery.aged and timeless)
