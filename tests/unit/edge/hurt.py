"""Ways to hurt a journal file, and what must come of it at the hub."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from core.batch import Lane
from tests.unit.edge.site import Site, sql

Damage = Callable[[Path], None]
FLIP = (
    "UPDATE stored_events SET state = CAST(substr(state, 1, {at} - 1) || x'{byte}' || "
    "substr(state, {at} + 1) AS BLOB) WHERE originator_id = ? AND originator_version = ?"
)


def flip(site: Site, number: int, lane: Lane = Lane.URGENT, at: int = 200) -> Damage:
    name = site.rig.journal.streams[lane].journal.id.hex
    return sql(FLIP.format(at=at, byte="7e"), name, number)


def gone(site: Site, *numbers: int, lane: Lane = Lane.URGENT) -> Damage:
    name = site.rig.journal.streams[lane].journal.id.hex
    marks = ", ".join(map(str, numbers))
    where = f"WHERE originator_id = ? AND originator_version IN ({marks})"
    return sql(f"DELETE FROM stored_events {where}", name)


def bytes_at(offset: int, content: bytes, name: str = "journal.db") -> Damage:
    def change(folder: Path) -> None:
        with (folder / name).open("r+b") as file:
            file.seek(offset)
            file.write(content)

    return change


def sums(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.glob("journal*")
        if not path.name.endswith("-shm")
    }


def settle(site: Site, lost: list[str]) -> None:
    """What is whole is at the hub once; as many as are lost are declared, once."""
    site.record(1)
    site.pump.run()
    devices = site.hub.devices()
    assert sorted(devices) == sorted(set(site.recorded) - set(lost))
    assert set(devices.values()) == {1}
    own = [name for name in lost if name.startswith("gw:")]
    assert all(site.hub.ids()[name] == 0 for name in own)
    assert sum(gap.count for gap in site.hub.gaps()) == len(lost)
    assert {gap.reason for gap in site.hub.gaps()} <= {"damaged"}
    assert not any(one.pending for one in site.rig.journals.streams)
