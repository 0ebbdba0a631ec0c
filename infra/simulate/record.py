"""The simulator's own account of what it sent: JSON lines for an independent count."""

from base64 import b64encode
from pathlib import Path
from types import TracebackType

import orjson

from core.clock import rfc3339
from core.errors import EnvironmentFault
from infra.simulate.agenda import Timed


class Record:
    """Appends one line a message, once its fate is known: {at, topic, payload, fault, acked}.

    Written line by line, so what stands in the file survives the death of this process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise EnvironmentFault(f"{path} cannot be written: {error.strerror}") from error

    def note(self, timed: Timed, *, acked: bool) -> None:
        line = {
            "at": rfc3339(timed.at),
            "topic": timed.topic,
            "payload": b64encode(timed.payload).decode(),
            "fault": timed.fault,
            "acked": acked,
        }
        try:
            self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as error:
            raise EnvironmentFault(f"{self._path}: {error.strerror}") from error

    def __enter__(self) -> "Record":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
