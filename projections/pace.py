"""How much of the log one page takes."""


class Pace:
    """How many bytes of frames make a page that is folded in about `seconds`. It follows what
    pages took, so that the next event waits no longer than that whatever the machine."""

    LEAST, FIRST, MOST = 16_000, 128_000, 1_500_000

    def __init__(self, seconds: float = 0.2) -> None:
        self._seconds = seconds
        self.bytes = self.FIRST

    def took(self, size: int, seconds: float) -> None:
        """A page of `size` bytes took so long."""
        fits = size * self._seconds / max(seconds, 1e-6)
        if seconds > self._seconds:
            self.bytes = max(self.LEAST, int(min(fits, self.bytes)))
        elif size >= self.bytes // 2:  # a short one says little about a long one
            self.bytes = max(self.bytes, min(self.MOST, int(min(fits, self.bytes * 2))))
