"""The days of a generated month, in China's time, and how moments are written on the wire."""

from datetime import UTC, date, datetime, timedelta

from core.clock import rfc3339

_OFFSET = "+08:00"
DAY_S = 86_400


class Calendar:
    """Days are counted from 0; a moment is (day, seconds since its midnight), in range or not."""

    def __init__(self, start: date, days: int) -> None:
        self.days = days
        self._start = start
        self._midnight = round(datetime.fromisoformat(f"{start}T00:00:00{_OFFSET}").timestamp())
        self._names = [str(start + timedelta(days=number)) for number in range(days + 40)]

    def name(self, day: int) -> str:
        """YYYY-MM-DD."""
        return self._names[day]

    def weekday(self, day: int) -> int:
        """ISO 8601: Monday is 1."""
        return (self._start + timedelta(days=day)).isoweekday()

    def told(self, day: int, second: float) -> str:
        """As a device in China writes it: whole seconds, with its offset."""
        over, rest = divmod(int(second), DAY_S)
        hour, rest = divmod(rest, 3600)
        return f"{self._names[day + over]}T{hour:02}:{rest // 60:02}:{rest % 60:02}{_OFFSET}"

    def arrived(self, ms: int) -> str:
        """`ms` since the first midnight, as the gateway writes it."""
        return rfc3339(datetime.fromtimestamp(self._midnight + ms / 1000, UTC))
