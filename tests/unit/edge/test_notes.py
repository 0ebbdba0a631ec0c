"""What was said last between gateway and devices: over a restart, bounded, and as promised."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.errors import EnvironmentFault
from edge.notes import Notes
from edge.place import Place
from tests.fix_core import FixedClock


def test_notes_are_there_after_a_restart(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.db")
    notes.keep({"zk:SN1:ATTLOG": "17", "zk:SN2:ATTLOG": "3"})
    notes.keep({"zk:SN1:ATTLOG": "18"})
    notes.close()
    again = Notes(tmp_path / "notes.db")
    assert (again.get("zk:SN1:ATTLOG"), again.get("zk:SN2:ATTLOG"), again.get("other")) == (
        "18",
        "3",
        "",
    )
    again.close()


def test_the_oldest_make_room(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.db", most=3)
    for number in range(6):
        notes.keep({f"k{number}": str(number)})
    assert [notes.get(f"k{number}") for number in range(6)] == ["", "", "", "3", "4", "5"]
    notes.keep({"k3": "new"})
    notes.keep({"k6": "6"})
    assert (notes.get("k3"), notes.get("k4")) == ("new", "")
    notes.close()


def test_what_was_noted_of_one_device_is_dropped(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.db")
    notes.keep({"hikvision:d1:acs": "1", "hikvision:d1:device": "2", "hikvision:d10:acs": "3"})
    notes.drop("hikvision:d1:")
    notes.close()
    again = Notes(tmp_path / "notes.db")
    assert [again.get(f"hikvision:{key}") for key in ("d1:acs", "d1:device", "d10:acs")] == [
        "",
        "",
        "3",
    ]
    again.close()


def test_what_is_too_long_is_not_noted(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.db")
    notes.keep({"k" * 301: "x", "k": "v" * 4001})
    assert notes.get("k") == ""
    notes.close()


def test_a_damaged_file_is_not_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"no database at all, but long enough to be looked at as one" * 40)
    with pytest.raises(EnvironmentFault, match="Move it away"):
        Notes(path)
    assert path.read_bytes().startswith(b"no database")


def test_nonces(tmp_path: Path, clock: FixedClock) -> None:
    notes = Notes(tmp_path / "notes.db")

    def place() -> Place:
        return Place(notes, {"cam": "p"}, clock, ZoneInfo("Asia/Shanghai"), lambda _: None, no_gaps)

    def no_gaps(_device: str) -> list[tuple[int, int]]:
        return []

    here = place()
    first, second = here.nonce(), here.nonce()
    assert first != second
    assert here.fresh(first)
    assert not any(map(here.fresh, ("", ".", first[:-1], "zz." + first, "1.1." + "0" * 32)))
    assert not place().fresh(first)  # another life, another key
    clock.move(timedelta(seconds=301))
    assert not here.fresh(first)
    assert here.secret("cam") == "p"
    assert here.secret("nobody") is None
    notes.close()


def test_long_ones_make_room_too(tmp_path: Path) -> None:
    """Who may write notes may not fill the memory with them."""
    notes = Notes(tmp_path / "notes.db", characters=10_000)
    for number in range(20):
        notes.keep({f"k{number:02}": "x" * 2_000})
    kept = [number for number in range(20) if notes.get(f"k{number:02}")]
    assert kept == [16, 17, 18, 19]
    notes.keep({"k16": "y" * 1_000})
    notes.close()
    again = Notes(tmp_path / "notes.db", characters=10_000)
    again.keep({"k20": "x" * 2_000})
    assert [number for number in range(21) if again.get(f"k{number:02}")] == [16, 17, 18, 19, 20]
    again.keep({"k21": "x" * 2_000})
    assert [number for number in range(22) if again.get(f"k{number:02}")] == [16, 18, 19, 20, 21]
    again.close()


def test_what_is_dropped_makes_room(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.db", characters=40)
    notes.keep({"a:1": "x" * 17, "b:1": "y" * 17})
    notes.drop("a:")
    notes.keep({"c:1": "z" * 17})
    assert [notes.get(f"{one}:1") for one in "abc"] == ["", "y" * 17, "z" * 17]
    notes.close()
