"""What a device that speaks regularly may be expected to do, learned from its own heartbeats.

Eight spans in a row, each at least five seconds and none longer than one and a half times the
shortest: then it is expected within three times the longest. Only of messages that say nothing
but "I am here" (heartbeats, levels of bins): who speaks when something happens has no rhythm. A
span that does not fit begins the eight anew and leaves what was learned before.
"""

from datetime import datetime, timedelta

import msgspec

_SPANS = 8
_LEAST_S = 5.0
_ONCE_S = 1.0  # messages closer than that are one
_ALIKE = 1.5
_PATIENCE = 3.0
_MOST_S = 86_400.0


class Rhythm(msgspec.Struct, array_like=True, gc=False):
    last: datetime
    least: float = 0.0
    most: float = 0.0
    spans: int = 0

    def beat(self, now: datetime) -> float:
        """Within what the next is expected, if that is known; else 0."""
        span = (now - self.last).total_seconds()
        if 0 <= span < _ONCE_S:
            return 0.0
        self.last = now
        least, most = min(self.least, span), max(self.most, span)
        if self.spans and span > 0 and most <= _ALIKE * least:
            self.least, self.most, self.spans = least, most, min(self.spans + 1, _SPANS)
        else:
            self.least = self.most = span
            self.spans = 1
        if self.spans < _SPANS or self.least < _LEAST_S:
            return 0.0
        return min(_PATIENCE * self.most, _MOST_S)

    def shift(self, by: timedelta) -> None:
        self.last += by
