"""Why an act is not done: a word for programs, a plain sentence for people."""

from collections.abc import Mapping

from core.errors import Refused

_STATUS: Mapping[str, int] = {"role": 403, "unknown": 404, "behind": 503}


class ActRefused(Refused):
    """`reason` names a text of the console; `detail` is the API's sentence."""

    def __str__(self) -> str:
        return self.detail

    @property
    def status(self) -> int:
        """What is not there, not allowed or not ready; anything else is a conflict."""
        return _STATUS.get(self.reason, 409)


class NoSuchAlarm(ActRefused):
    """No view of this compound shows an alarm of this id."""

    def __init__(self, detail: str = "this compound has no such alarm") -> None:
        super().__init__("unknown", detail)


class AlreadyAcknowledged(ActRefused):
    """Somebody has taken it on before."""

    def __init__(self, detail: str = "this alarm is acknowledged already") -> None:
        super().__init__("acknowledged", detail)


class Behind(ActRefused):
    """After a start the views have not yet read what was done before it."""

    def __init__(
        self, detail: str = "the views are still being read; try again in a moment"
    ) -> None:
        super().__init__("behind", detail)
