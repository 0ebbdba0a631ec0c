"""What the gateway says about the hub's log, as it is kept until the journal has it."""

import hashlib
import secrets
from datetime import datetime
from pathlib import Path

import msgspec

from core.catalog import CATALOG
from core.clock import parse_rfc3339, rfc3339
from core.event import Data
from core.events.logproof import Refused
from edge.own import Own
from edge.witness.state import FILE, UNREADABLE, State, Word


def word(name: str, data: Data, now: datetime, id: str = "") -> Word:
    """`name`: the witness's. Told again after a restart it is the same, and recorded once."""
    gateway = name.rpartition("/")[2]
    return Word(
        id=f"gw:{gateway}:log:{id or secrets.token_hex(8)}",
        at=rfc3339(now),
        type=data.TYPE,
        data=msgspec.Raw(msgspec.json.encode(data)),
    )


def own(word: Word) -> Own:
    data = msgspec.json.decode(word.data, type=CATALOG.types[word.type])
    return Own(data, at=parse_rfc3339(word.at), id=word.id, once=True)


def unreadable(folder: Path, name: str, now: datetime) -> State:
    """Where the file cannot be read; it is left as it is. Of one file it is said once."""
    content = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()[:16]
    said = word(name, Refused(reason=UNREADABLE), now, content)
    return State(refused=UNREADABLE, witnessed=True, words=(said,))
