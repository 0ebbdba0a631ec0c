"""What becomes of pictures by themselves: removed when their time is over. By the hub's clock."""

from datetime import timedelta

from projections.web.archive import Archive

_PAGE = 200  # looked at in one slice
_PAUSE = 0.2  # seconds between slices: nobody waits for this
_ROUND = 600.0  # ... and between rounds
_UNFINISHED = timedelta(days=2)  # pieces nobody went on with


class Keeping:
    """One thread. Owns how far this round has come; dying costs the round."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._after = ""
        self._swept = 0

    def tick(self) -> float:
        """One slice; seconds until the next one. Unavailable and DiskFull as an append does."""
        archive, now = self._archive, self._archive.clock.now()
        if not self._after:
            archive.store.forget_unfinished((now - _UNFINISHED).timestamp())
        gone = archive.register.removed(self._swept, _PAGE)
        for sha256, position in gone:
            archive.sweep(sha256)
            self._swept = position
        aged = archive.register.aged(now - archive.retention.shortest, self._after, _PAGE)
        for sha256 in aged:
            archive.expire(sha256)
        self._after = aged[-1] if len(aged) == _PAGE else ""
        return _PAUSE if self._after or len(gone) == _PAGE else _ROUND
