"""The witness itself: what it cosigned last of every log, on disk before anybody hears of it.

DATA/{sha256 of the origin}.checkpoint  the last cosigned checkpoint, as it was answered
DATA/evidence/                          signed checkpoints that contradict it
"""

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import msgspec

from core import durable
from core.clock import Clock, rfc3339
from core.errors import BadProof, EnvironmentFault, FatalError
from core.tlog import checkpoint, note, witness
from core.tlog.cosigner import Cosigner
from core.tlog.head import TreeHead
from core.tlog.note import Note
from core.tlog.witness import Declined, Submission
from infra.witness.config import Settings

log = logging.getLogger("witness")

_BACK = timedelta(minutes=1)  # that a clock may be set back without being called wrong
_BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # no clock that is right is before it
_EVIDENCE = 100  # files; who holds a log's key may not fill the disk


class Cosigned(msgspec.Struct, frozen=True):
    """`note` are the bytes on disk: the log's signatures and ours."""

    head: TreeHead
    when: int  # POSIX seconds
    note: bytes


class Witness:
    """Owns its folder's checkpoints. `add` is for one thread at a time, which makes looking and
    persisting one step; `latest` is for any. Dying between persisting and answering leaves a
    cosignature that only `latest` tells; the log asks again."""

    def __init__(self, settings: Settings, cosigner: Cosigner, clock: Clock) -> None:
        self._logs = settings.logs
        self._folder = settings.folder
        self._cosigner = cosigner
        self._clock = clock
        self._last: dict[str, Cosigned] = {}  # by origin hash
        self._failed = False
        for origin in settings.logs:
            self._load(origin)
        self._check_clock()

    def add(self, raw: bytes) -> tuple[TreeHead, str]:
        """What was cosigned and the signature lines, durable when this returns. Declined: not
        cosigned. FatalError: whether it is persisted is not known, and nothing is done after."""
        if self._failed:
            raise FatalError("a write has failed before")
        asked = witness.trusted(witness.parse(raw), self._logs)
        head = asked.checkpoint.head
        last = self._last.get(origin_hash(head.origin))
        known = last.head if last else witness.nothing_of(head.origin)
        try:
            witness.check_extends(asked, known)
        except Declined as declined:
            if declined.status == HTTPStatus.UNPROCESSABLE_ENTITY or _forked(head, known):
                self._keep(asked, raw, declined)
            raise
        when = max(int(self._clock.now().timestamp()), last.when if last else 0)
        text = asked.checkpoint.note.text
        made = self._cosigner.cosign(text, when)
        stored = Note(text, (*asked.checkpoint.verified, *made)).encode()
        self._put(head.origin, Cosigned(head, when, stored))
        return head, "".join(one.line() for one in made)

    def latest(self, origin_hash: str) -> bytes | None:
        """The last cosigned checkpoint of a log; None where there is none."""
        last = self._last.get(origin_hash)
        return last.note if last else None

    def _put(self, origin: str, cosigned: Cosigned) -> None:
        path = self._path(origin)
        try:
            durable.put(path, cosigned.note)
        except OSError as error:
            self._failed = True
            raise FatalError(f"{path}: cannot be written ({error.strerror})") from error
        self._last[origin_hash(origin)] = cosigned

    def _load(self, origin: str) -> None:
        path = self._path(origin)
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise EnvironmentFault(f"{path}: cannot be read ({error.strerror}).") from error
        try:
            ours = [checkpoint.opened(raw, origin, (key,)) for key in self._cosigner.keys]
        except BadProof as bad:
            raise FatalError(
                f"{path}: not a checkpoint that this witness cosigned ({bad.detail}). Its name "
                "and keys must be those it was written with. If the file is damaged, do not "
                "remove it: a witness that forgot may sign a second history. Begin a new one, "
                "with a new name, in a new folder."
            ) from bad
        # Written once more: a sync that failed may have left the new file in memory only, and
        # nobody is to be told of it before it is durable.
        when = max(note.cosigned_at(one) for found in ours for one in found.verified)
        self._put(origin, Cosigned(ours[0].head, when, raw))

    def _check_clock(self) -> None:
        now = self._clock.now()
        latest = max((one.when for one in self._last.values()), default=0)
        signed = datetime.fromtimestamp(latest, UTC)
        if now < max(_BUILT, signed - _BACK):
            raise EnvironmentFault(
                f"the clock says {rfc3339(now)}, and the last cosignature is of {rfc3339(signed)}. "
                "Set the clock. If it was wrong then, what was signed says a wrong time: begin a "
                "new witness, with a new name, in a new folder."
            )

    def _keep(self, asked: Submission, raw: bytes, declined: Declined) -> None:
        """A log's own signature under what does not fit is proof against it."""
        folder = self._folder / "evidence"
        path = folder / hashlib.sha256(raw).hexdigest()
        origin, size = asked.checkpoint.head.origin, asked.checkpoint.head.size
        log.error("%s, %d leaves: %s; the request is kept as %s", origin, size, declined, path)
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
            if not path.exists() and len(list(folder.iterdir())) < _EVIDENCE:
                durable.put(path, raw)
        except OSError as error:
            log.error("%s: not kept after all (%s)", path, error.strerror)

    def _path(self, origin: str) -> Path:
        return self._folder / f"{origin_hash(origin)}.checkpoint"


def origin_hash(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()


def _forked(head: TreeHead, known: TreeHead) -> bool:
    return head.size == known.size and head.root != known.root
