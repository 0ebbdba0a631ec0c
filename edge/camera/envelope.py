"""What is told becomes a native CloudEvent, numbered so that what never arrives is missed."""

import contextlib
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import orjson

from core.clock import rfc3339
from core.errors import EnvironmentFault
from edge.camera.seen import Told

_DIGITS = 16  # the counter's own width on disk: written over in place, it never is half a number


class Numbers:
    """One camera's count of its events over all lives of the worker. Written before the event is
    handed on and not synced: a killed process leaves it right, a power cut may leave it some
    numbers low, which the gateway tells as a counter that began anew. One thread."""

    def __init__(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
            text = os.pread(self._handle, _DIGITS, 0).decode("ascii", "replace")
        except OSError as error:
            raise EnvironmentFault(
                f"{file}: cannot be kept ({error.strerror}). Let the worker write in that folder."
            ) from error
        self.last = int(text) if text.isascii() and text.isdecimal() else 0

    def next(self) -> int:
        self.last += 1
        with contextlib.suppress(OSError):  # a full disk: told as a counter that began anew
            os.pwrite(self._handle, b"%0*d" % (_DIGITS, self.last), 0)
        return self.last

    def close(self) -> None:
        os.close(self._handle)


class Posted(msgspec.Struct, frozen=True):
    """`urgent`: it is not what makes room when too much waits."""

    topic: str
    payload: bytes
    urgent: bool


class Envelopes:
    """Of one camera. Ids are never used twice: a life's own nonce is in them."""

    def __init__(self, name: str, numbers: Numbers) -> None:
        self._name, self._numbers = name, numbers
        self._life = secrets.token_hex(4)

    def seal(self, told: Told) -> Posted:
        number = self._numbers.next()
        envelope = {
            "specversion": "1.0",
            "id": f"{self._name}-{self._life}-{number}",
            "source": f"/camera/{self._name}",
            "type": told.data.TYPE,
            "time": rfc3339(datetime.fromtimestamp(told.at, UTC)),
            "sequence": str(number),
            "datacontenttype": "application/json",
            "data": told.body(),
        }
        if told.subject:
            envelope["subject"] = told.subject
        return Posted(f"site/camera/{self._name}", orjson.dumps(envelope), not type(told.data).BULK)
