"""Bits turned over in a journal's files, the short form."""

from tests.crash.lab import flips

FLIPS = 250


def test_what_changes_a_committed_event_is_found(seed: int) -> None:
    print(f"seed {seed}")
    assert [one for one in flips.campaign(seed, FLIPS) if one.wrong] == []


def test_a_bit_is_turned() -> None:
    assert flips.turned(b"\x00\x00", 9) == b"\x00\x02"


def test_the_images_are_not_alike(seed: int) -> None:
    killed, closed = flips.images(seed, events=20)
    assert killed.frames == closed.frames
    assert len(killed.files["journal.db-wal"]) > 10_000
    assert not closed.files.get("journal.db-wal")
