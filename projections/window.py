"""Keys of time buckets, and which buckets a view keeps.

Bucketed by when a thing happened, never by arrival, so a late gateway fills the same
buckets it would have filled in time. China has one zone without summer time: a constant.
"""

from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from core.clock import parse_rfc3339
from core.moment import Moment
from projections.view import Rows

CHINA = timezone(timedelta(hours=8))


def minute(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")


def hour(moment: datetime) -> str:
    return minute(moment)[:13]


def day(moment: datetime) -> str:
    return minute(moment)[:10]


class Buckets(NamedTuple):
    """Keys of the three that a moment falls into."""

    minute: str
    hour: str
    day: str


def buckets(moment: Moment) -> Buckets:
    return _of_minute(moment.at[:17])


@lru_cache(maxsize=4096)  # what happens, happens within a few minutes
def _of_minute(head: str) -> Buckets:
    moment = parse_rfc3339(f"{head}00Z")
    return Buckets(minute(moment), hour(moment), day(moment))


def surplus(keys: Collection[str], bucket: str, keep: int) -> list[str]:
    """Which buckets go when `bucket` comes to `keys`: the oldest beyond `keep`, `bucket` itself
    perhaps among them. A removed bucket can never come back into the newest `keep`, so what
    remains does not depend on the order of arrival."""
    many = len(keys) + 1 - keep
    if many <= 0:
        return []
    if many == 1:
        return [min(bucket, min(keys))]
    return sorted((*keys, bucket))[:many]


def room(rows: Rows, kind: str, bucket: str, keep: int) -> bool:
    """Whether a bucket that comes to the rows stays; what it crowds out is dropped."""
    old = surplus(rows.keys(kind), bucket, keep)
    for key in old:
        if key != bucket:
            rows.drop(kind, key)
    return bucket not in old
