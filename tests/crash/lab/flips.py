"""Single bits turned over in a journal's files: whatever changes a committed event is found,
nothing altered is served, nothing is deleted, and the gateway goes on accepting."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec

from core.events.journal import DamageFound, Opened
from edge.damage import Corrupt
from edge.journals import suspect
from tests.crash.lab import script
from tests.crash.lab.account import BROKEN, Wrong
from tests.crash.lab.powerloss import Verdict, memory, remembering
from tests.crash.lab.rig import JOURNALS, Edge
from tests.crash.lab.script import Receipted, Take
from tests.fix_core import START
from tests.fix_edge import native

_DB, _WAL = "journal.db", "journal.db-wal"
_HEADERS = {_DB: 100, _WAL: 32}  # bytes


class Image(msgspec.Struct, frozen=True):
    """A gateway's folder at rest, and what was committed in it."""

    name: str
    files: dict[str, bytes]
    frames: dict[str, dict[int, bytes]]


def images(seed: int, events: int = 80) -> list[Image]:
    """The same run closed cleanly, and as a kill leaves it, most of it in the WAL."""
    made: list[Image] = []
    with tempfile.TemporaryDirectory(dir=memory()) as scratch:
        folder = Path(scratch)
        edge = Edge(folder)
        for step in script.steps(seed, events):
            match step:
                case Take(group):
                    edge.take(group)
                case Receipted(behind):
                    heads = edge.heads()
                    edge.receipted({one: max(0, heads[one] - behind - 2) for one in heads})
        frames = edge.served()
        made.append(Image("killed", _files(folder), frames))
        edge.close()
        made.append(Image("closed", _files(folder), frames))
    return made


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")
    }


def campaign(seed: int, wanted: int) -> Iterator[Verdict]:
    chance = random.Random(f"flips {seed}")
    stock = images(seed)
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, remembering():
        for _ in range(wanted):
            image = chance.choice(stock)
            name, bit = _place(image, chance)
            folder = Path(scratch) / "flipped"
            folder.mkdir()
            for one, data in image.files.items():
                (folder / one).write_bytes(turned(data, bit) if one == name else data)
            wrong = ""
            try:
                check(folder, image)
            except Wrong as found:
                wrong = str(found)
            yield Verdict(f"seed {seed}, {image.name}, {name} bit {bit}", wrong)
            shutil.rmtree(folder)


def _place(image: Image, chance: random.Random) -> tuple[str, int]:
    """A file and a bit: one in five in a header, one in twenty in the mark."""
    files = [name for name in (_DB, _WAL) if image.files.get(name)]
    if chance.random() < 0.05:
        files = [f"{_DB}.mark"]
    name = chance.choice(files)
    size = len(image.files[name])
    if chance.random() < 0.2:
        size = min(size, _HEADERS.get(name, size))
    return name, chance.randrange(size * 8)


def turned(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _begun(folder: Path, record: int) -> Edge:
    """A start with a first message. What is only met at the commit ends the agent, which leaves
    its word that the file is suspect: the start after that goes on."""
    at = START + timedelta(seconds=record)
    try:
        edge = Edge(folder, at=at)
        edge.rig.take(native(record))
    except Corrupt as error:
        suspect(folder, str(error))
        edge = Edge(folder, at=at)
        edge.rig.take(native(record))
    return edge


def check(folder: Path, image: Image) -> None:
    """Twice: what was found at the first start stands at the second as well."""
    before = {path.name for path in folder.glob(JOURNALS)}
    told = False
    for record in (1_000_001, 1_000_002):
        try:
            edge = _begun(folder, record)
            told = told or _told(edge)
            _served(edge, image, told=told)
            if len(edge.rig.answers) != 1:
                raise Wrong("a new message is not acknowledged")
            edge.close()
        except BROKEN as error:
            raise Wrong(f"does not go on: {error!r}"[:300]) from error
    gone = before - {path.name for path in folder.glob(JOURNALS)}
    if gone:
        raise Wrong(f"deleted: {gone}")


def _told(edge: Edge) -> bool:
    return any(
        isinstance(one, DamageFound) or (isinstance(one, Opened) and one.reason == "damaged")
        for one in edge.findings()
    )


def _served(edge: Edge, image: Image, *, told: bool) -> None:
    served = edge.numbered()
    for journal, frames in image.frames.items():
        missing = []
        for number, frame in frames.items():
            found = served.get(journal, {}).get(number)
            if found is None:
                missing.append(number)
            elif found != frame:
                raise Wrong(f"batch {number} is served altered")
        if missing and not told:
            raise Wrong(f"batches {missing[:5]} are missing and nothing is said")
