"""What stands in a gateway's journal files, read with stock sqlite3 beside the running agent."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from core.batch import parse

# Bytes 60..67 of a frame: the sequence of its last event (core/batch.py says the layout).
_NEWEST = """
SELECT MAX(originator_version), substr(state, 61, 8) FROM stored_events GROUP BY originator_id
"""
_FRAMES = "SELECT state FROM stored_events"


class Named(msgspec.Struct):
    """Of an event, only its id."""

    id: str


class Account(msgspec.Struct, frozen=True):
    """Acknowledged beside recorded. `lost` and `twice` are what no run may have."""

    acknowledged: int
    recorded: int
    lost: int
    twice: int
    alien: int  # recorded, and never sent


def account(acknowledged: Iterable[str], sent: Iterable[str], found: Counter[str]) -> Account:
    promised = set(acknowledged)
    return Account(
        acknowledged=len(promised),
        recorded=found.total(),
        lost=len(promised - found.keys()),
        twice=sum(1 for count in found.values() if count > 1),
        alien=len(found.keys() - set(sent)),
    )


def recorded(folder: Path) -> Counter[str]:
    """Id → how often it stands in the journals under `folder`; the gateway's own are left out."""
    ids = msgspec.json.Decoder(Named)
    found: Counter[str] = Counter()
    for path in journals(folder):
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as db:
            for (frame,) in db.execute(_FRAMES):
                found.update(one.id for one in ids.decode_lines(parse(frame).lines()))
        db.close()
    for name in [name for name in found if name.startswith("gw:")]:
        del found[name]
    return found


def journals(folder: Path) -> list[Path]:
    return sorted(folder.glob("journal*.db"))


class Progress:
    """How many events the journals hold, cheaply, while the agent writes."""

    def __init__(self, folder: Path) -> None:
        self._open = [
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
            for path in journals(folder)
        ]

    def events(self) -> int:
        return sum(
            int.from_bytes(last, "big")
            for db in self._open
            for _, last in db.execute(_NEWEST).fetchall()
        )

    def close(self) -> None:
        for db in self._open:
            db.close()
