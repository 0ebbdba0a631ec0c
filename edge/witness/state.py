"""What this gateway believes of the hub's log, and keeps over every restart.

checkpoint.json holds it, with a sum of itself: a flipped bit must not accuse the hub. Written
whole and synced before anything of it is acted upon or signed. A file that does not read stays as
it is: nothing is believed until a person has decided (`menwei journal trust`).
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core import durable
from core.errors import BadProof, FatalError
from core.tlog import checkpoint
from core.tlog.head import TreeHead

FILE = "checkpoint.json"
UNREADABLE = "unreadable"
_WORDS = 8  # of the newest things said; older ones are in the journal for sure


class Shown(msgspec.Struct, frozen=True):
    """A batch of ours that was proven to stand in the log."""

    number: int
    hash: str  # 64 hex
    position: int


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """An event of this gateway about the log, kept until it is in the journal for sure."""

    id: str
    at: str
    type: str
    data: msgspec.Raw


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`checkpoint` is the newest that holds, `told` the one it was refused for; both as signed."""

    checkpoint: str = ""
    witnessed: bool = False  # one was believed some time: nothing unproven is given up since
    proven: Mapping[str, Shown] = {}  # journal (UUID hex) → its newest
    refused: str = ""
    told: str = ""
    unproven: tuple[str, int] | None = None  # journal and batch of which it was said
    words: tuple[Word, ...] = ()

    @property
    def head(self) -> TreeHead | None:
        return head_of(self.checkpoint)

    @property
    def told_head(self) -> TreeHead | None:
        return head_of(self.told)

    def saying(self, word: Word) -> "State":
        return msgspec.structs.replace(self, words=(*self.words, word)[-_WORDS:])


class _File(msgspec.Struct, frozen=True):
    sum: str
    state: msgspec.Raw


def head_of(note: str) -> TreeHead | None:
    return checkpoint.parse(note.encode()).head if note else None


def read(folder: Path) -> State:
    """Nothing believed yet where there is no file. BadProof when it is not what was written."""
    try:
        raw = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return State()
    except OSError as error:
        raise FatalError(f"{folder / FILE}: {error.strerror}") from error
    try:
        file = msgspec.json.decode(raw, type=_File)
        if file.sum != _sum(file.state):
            raise BadProof(UNREADABLE, f"{folder / FILE}: its sum is another one")
        return msgspec.json.decode(file.state, type=State)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadProof(UNREADABLE, f"{folder / FILE}: {error}") from error


def keep(folder: Path, state: State) -> None:
    """Durable when this returns. DiskFull: the file is the one it was."""
    encoded = msgspec.Raw(msgspec.json.encode(state))
    durable.keep(folder / FILE, msgspec.json.encode(_File(_sum(encoded), encoded)), 0o600)


def _sum(encoded: msgspec.Raw) -> str:
    return hashlib.sha256(bytes(encoded)).hexdigest()
