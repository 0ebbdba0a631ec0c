"""What devices say, as lines of `messages-YYYY-MM-DD.jsonl`: one file for every day of arrival.

A line is {"compound", "topic", "time" (of arrival), "payload"}; the payload is what a native device
publishes. Only the days that are not over are held in memory.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path

import orjson

from infra.simulate.district.calendar import DAY_S, Calendar
from infra.simulate.district.lines import put

FLEET = "fleet"  # the compound under which vehicles' and facilities' gateways are enrolled
_Line = tuple[int, bytes]  # arrival in ms since the first midnight, the text


class Wire:
    def __init__(self, folder: Path, calendar: Calendar) -> None:
        self._folder = folder
        self._calendar = calendar
        self._waiting: defaultdict[int, list[_Line]] = defaultdict(list)
        self._records: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()  # type → messages
        self.files: list[Path] = []

    def say(
        self,
        compound: str,
        device: str,
        type: str,
        subject: str,
        moment: tuple[int, float],
        data: Mapping[str, object],
        *,
        after_s: float,
        domain: str = "waste",
    ) -> str:
        """`moment`: when it happened; it arrives `after_s` later. The id of the event."""
        self._records[device] += 1
        told = f"{device}-{self._records[device]:06}"
        day, second = moment
        arrival = round((day * DAY_S + second + after_s) * 1000)
        line = orjson.dumps(
            {
                "compound": compound,
                "topic": f"site/{domain}/{device}",
                "time": self._calendar.arrived(arrival),
                "payload": {
                    "specversion": "1.0",
                    "id": told,
                    "source": f"/devices/{device}",
                    "type": type,
                    "subject": subject,
                    "time": self._calendar.told(day, second),
                    "data": data,
                },
            }
        )
        self.counts[type] += 1
        # What the encoder returns sits in a buffer ten times as long; the sum is a copy to measure.
        self._waiting[arrival // (DAY_S * 1000)].append((arrival, line + b"\n"))
        return told

    def day_is_over(self, day: int) -> None:
        """Nothing more arrives on it or before."""
        for number in sorted(one for one in self._waiting if one <= day):
            lines = self._waiting.pop(number)
            lines.sort(key=itemgetter(0))  # stable: of two in one millisecond, as they were said
            path = self._folder / f"messages-{self._calendar.name(number)}.jsonl"
            put(path, (line for _, line in lines))
            self.files.append(path)

    def close(self) -> None:
        if self._waiting:
            self.day_is_over(max(self._waiting))
