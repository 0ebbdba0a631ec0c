"""Keys of time buckets, and which buckets a view keeps.

Bucketed by when a thing happened, never by arrival, so a late gateway fills the same
buckets it would have filled in time. China has one zone without summer time: a constant.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


def minute(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")


def hour(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%dT%H")


def day(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d")


def surplus(keys: Iterable[str], keep: int) -> list[str]:
    """The oldest keys beyond `keep`. A removed bucket can never come back into the newest
    `keep`, so what remains does not depend on the order of arrival."""
    return sorted(keys)[:-keep]
