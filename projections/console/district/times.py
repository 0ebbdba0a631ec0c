"""Moments of rows, which are milliseconds, as people here read them."""

from datetime import datetime

from projections.console.format import NONE
from projections.window import CHINA


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, CHINA)


def clock(ms: int) -> str:
    """Hour and minute."""
    return f"{_local(ms):%H:%M}" if ms else NONE


def stamp(ms: int) -> str:
    """With the date, to the second: where evidence is compared."""
    return f"{_local(ms):%Y-%m-%d %H:%M:%S}" if ms else NONE


def moment(ms: int) -> str:
    """Without the year, where rows are of one month."""
    return f"{_local(ms):%m-%d %H:%M:%S}" if ms else NONE
