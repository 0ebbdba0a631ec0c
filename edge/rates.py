"""A device's share where a broker stands between: there nobody can be slowed down, so what is
over the share is refused if it is bulk, counted, and declared. Urgent is never refused."""

import msgspec

_DEVICES = 10_000  # names come off the wire: a bound


class Bucket(msgspec.Struct):
    left: float
    at: float


class Shares:
    """Token buckets by device. Owns them; forgetting one grants a fresh burst."""

    def __init__(self, rate: float, burst: float) -> None:
        """`rate`: events a second for ever, `burst`: events at once."""
        self._rate, self._burst = rate, burst
        self._buckets: dict[str, Bucket] = {}

    def over(self, device: str, now: float) -> bool:
        """One more event of this device; True when it is beyond its share."""
        bucket = self._buckets.get(device)
        if bucket is None:
            if len(self._buckets) >= _DEVICES:
                self._buckets.clear()
            bucket = self._buckets[device] = Bucket(self._burst, now)
        else:
            bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
            bucket.at = now
        if bucket.left < 1:
            return True
        bucket.left -= 1
        return False
