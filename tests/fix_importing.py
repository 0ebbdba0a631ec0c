"""Files of the past, and a hub's folder to take them in: no network, no clock, one process."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from core import codec
from core.batch import parse
from core.catalog import CATALOG
from core.event import Event, Recorded
from core.keys import Signer
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.store.open import open_store
from core.store.port import EventStore
from core.trust import Trust
from infra.hub import keyring
from infra.importing.file import Told
from infra.importing.importer import Importer
from infra.importing.reading import how
from infra.importing.report import Report
from infra.rebuild import Place
from tests.fix_core import FixedClock

NOTHING: Mapping[str, str] = {}
NOW = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)


def silent(_what: str, _done: int, _of: int) -> None:
    return


def lift(number: int, vehicle: str = "v001", **data: object) -> dict[str, object]:
    """A message of a lifter, on 1 October at 05:00 and so many minutes, China's time."""
    at = f"2026-10-01T{5 + number // 60:02}:{number % 60:02}"
    payload = {
        "specversion": "1.0",
        "id": f"{vehicle}-{number:06}",
        "source": f"/devices/{vehicle}-lifter",
        "type": "waste.bin.collected.v1",
        "subject": f"vehicle/{vehicle}",
        "time": f"{at}:00+08:00",
        "data": {"vehicle": vehicle, "grossG": 98_600, "tareG": 11_500, "netG": 87_100, **data},
    }
    return {
        "compound": "fleet",
        "topic": f"site/waste/{vehicle}-lifter",
        "time": f"{at}:03+08:00",
        "payload": payload,
    }


def lines(messages: Sequence[Mapping[str, object]]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in messages)


class Folder:
    """A hub that is stopped, and the files beside it."""

    def __init__(self, path: Path) -> None:
        self.path, self.hub, self.clock = path, path / "hub", FixedClock(NOW)
        Signer.load_or_create(self.hub / "hub.key")
        self.place = Place(self.hub, self.hub / "log.db")

    def write(self, content: bytes, name: str = "lifts.jsonl") -> Path:
        path = self.path / name
        path.write_bytes(content)
        return path

    def take(self, path: Path, told: Told = silent, options: Mapping[str, str] = NOTHING) -> Report:
        """Imports a file; `options` as of the command line."""
        given = {"kind": "", "compound": "", "unit": "", "zone": "", **options}
        importer = Importer(self.place, self.clock, how(**given), 1, told)
        with closing(importer):
            return importer.file(path)

    def trust(self, store: EventStore) -> Trust:
        """What a hub on this folder believes."""
        signer = Signer.load_or_create(self.hub / "hub.key")
        own = OwnJournal(store, signer, self.clock, KeyStore(self.hub / "keys.db"))
        return keyring.open_trust(self.place, store, signer.public, own.append, self.clock)

    def recorded(self) -> list[Recorded]:
        """But for whose keys are believed."""
        every = _recorded(self.place)
        return [one for one in every if not one.event.type.startswith("key.")]

    def events(self, type: str = "") -> list[Event]:
        every = [one.event for one in self.recorded()]
        return [one for one in every if not type or one.type == type]

    def counts(self) -> Counter[str]:
        return Counter(one.type for one in self.events())

    def once(self) -> bool:
        """Whether no event stands twice in the log."""
        ids = [(one.source, one.id) for one in self.events()]
        return len(ids) == len(set(ids))


def _recorded(place: Place) -> Iterator[Recorded]:
    with closing(open_store(place.where)) as log:
        for found in log.read(0, 10_000, 1 << 30):
            for one in codec.recorded(parse(found.state), found.id, CATALOG):
                assert isinstance(one, Recorded), one
                yield one
