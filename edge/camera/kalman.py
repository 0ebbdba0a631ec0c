"""A point that moves evenly, seen with an error: Kalman's filter of position and velocity in two
directions that share their uncertainty. Plain numbers: a matrix library costs more than this.
"""

_ACCELERATION = 0.12  # of the thing's own size, per second²: how much walking varies
_JITTER = 0.08  # of its size: how much a box's edges tremble


class Moving:
    """Positions in fractions of the frame, times in seconds."""

    __slots__ = ("_pp", "_pv", "_vv", "vx", "vy", "x", "y")

    def __init__(self, x: float, y: float, size: float) -> None:
        self.x, self.y, self.vx, self.vy = x, y, 0.0, 0.0
        self._pp, self._pv, self._vv = (_JITTER * size) ** 2, 0.0, (1.5 * size) ** 2

    def predict(self, dt: float, size: float) -> None:
        self.x += self.vx * dt
        self.y += self.vy * dt
        noise = (_ACCELERATION * size) ** 2 * 4
        self._pp += dt * (2 * self._pv + dt * self._vv) + noise * dt**3 / 3
        self._pv += dt * self._vv + noise * dt**2 / 2
        self._vv += noise * dt

    def correct(self, x: float, y: float, size: float, trust: float = 1.0) -> None:
        """`trust`: 1 for a thing seen by itself, less where others hide part of it."""
        seen = self._pp + (_JITTER * size / trust) ** 2
        gain, lift = self._pp / seen, self._pv / seen
        dx, dy = x - self.x, y - self.y
        self.x, self.y = self.x + gain * dx, self.y + gain * dy
        self.vx, self.vy = self.vx + lift * dx, self.vy + lift * dy
        self._vv -= lift * self._pv
        self._pv *= 1 - gain
        self._pp *= 1 - gain
