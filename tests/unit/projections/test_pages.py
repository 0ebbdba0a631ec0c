"""Pages are as long as a machine folds in a moment, and end where blocks end; batches of others
are skipped unread, and never one too many."""

import msgspec
import pytest

from core import codec
from core.batch import Batch, Head, Journal, parse
from core.catalog import CATALOG
from core.event import Event, Recorded, source_of
from core.events import access
from core.writer import BatchWriter
from projections import pages, sieve, snapshots
from projections.pace import Pace
from projections.pages import read
from projections.sieve import ALL, Sieve, sifted
from tests.fix_core import signer_of
from tests.fix_views import NOON, MemoryLog, Said


def batch(*lines: bytes) -> Batch:
    signer = signer_of(1)
    return BatchWriter(Journal(signer.public, 1), signer, Head()).batches(list(lines), NOON)[0]


def of(compound: str, text: str = "") -> Event:
    said = Said().event(access.Granted(native={"said": text}), "door/1")
    return msgspec.structs.replace(said, source=source_of(compound, "gw01", "d1"))


def log_of(*batches: Batch) -> MemoryLog:
    log = MemoryLog()
    log.append([one.stored() for one in batches], NOON)
    return log


class TestPace:
    def test_follows_a_slow_machine_at_once_and_a_quick_one_by_and_by(self) -> None:
        pace = Pace(0.2)
        pace.took(Pace.FIRST, 0.8)
        assert pace.bytes == Pace.FIRST // 4
        for _ in range(30):
            pace.took(pace.bytes, pace.bytes / 5_000_000)
        assert pace.bytes == pytest.approx(1_000_000)

    def test_stays_within_bounds(self) -> None:
        pace = Pace(0.2)
        pace.took(pace.bytes, 1000.0)
        assert pace.bytes == Pace.LEAST
        for _ in range(30):
            pace.took(pace.bytes, 0.0)
        assert pace.bytes == Pace.MOST

    def test_a_short_page_says_nothing_of_a_long_one(self) -> None:
        pace = Pace(0.2)
        pace.took(1000, 0.01)
        assert pace.bytes == Pace.FIRST


class TestPages:
    def test_end_where_blocks_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(snapshots, "EVERY", 4)
        log = log_of(*[batch(codec.encode(of("c01"))) for _ in range(10)])
        ends, at = [], 0
        while page := read(log, CATALOG, at, None, 10**9):
            at = page.last.id
            ends.append(at)
        assert ends == [4, 8, 10]

    def test_end_when_they_hold_enough_whatever_it_was_packed_into(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = batch(*[codec.encode(of("c01", "x" * 500)) for _ in range(100)])
        assert len(one.frame) * 10 < one.plain_size
        monkeypatch.setattr(pages, "_PLAIN", 2 * one.plain_size)
        page = read(log_of(*[one] * 6), CATALOG, 0, None, 10**9)
        assert page is not None
        assert page.last.id == 2

    def test_upto(self) -> None:
        log = log_of(*[batch(codec.encode(of("c01"))) for _ in range(5)])
        page = read(log, CATALOG, 1, 3, 10**9)
        assert page is not None
        assert {one.position for one in page.items} == {2, 3}
        assert read(log, CATALOG, 3, 3, 10**9) is None


class TestSieve:
    def taken(self, wanted: Sieve, *lines: bytes) -> list[str]:
        notification = log_of(batch(*lines)).read(0, 1, 1)[0]
        found = sifted(notification, CATALOG, wanted)
        return [one.compound for one in found if isinstance(one, Recorded)]

    def test_takes_the_wanted_of_a_mixed_batch(self) -> None:
        lines = [codec.encode(of(name)) for name in ("c01", "c02", "c01", "c011")]
        assert self.taken(Sieve(frozenset({"c01"})), *lines) == ["c01", "c01"]
        assert self.taken(Sieve(frozenset({"c01"}), others=True), *lines) == ["c02", "c011"]
        assert self.taken(ALL, *lines) == ["c01", "c02", "c01", "c011"]

    def test_skips_without_decoding(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def never(*_: object) -> None:
            raise AssertionError("decoded")

        monkeypatch.setattr(sieve, "items", never)
        assert self.taken(Sieve(frozenset({"c02"})), codec.encode(of("c01"))) == []

    @pytest.mark.parametrize(
        "source",
        [
            rb"\/c\/c01\/gw\/gw01\/dev\/d1",
            rb"\u002fc/c01/gw/gw01/dev/d1",
            rb"/c/c\u00301/gw/gw01/dev/d1",
        ],
    )
    def test_a_source_written_with_escapes_is_not_missed(self, source: bytes) -> None:
        line = codec.encode(of("c01")).replace(b"/c/c01/gw/gw01/dev/d1", source)
        assert source in line
        assert self.taken(Sieve(frozenset({"c01"})), line) == ["c01"]
        assert self.taken(Sieve(frozenset({"c02"})), line) == []

    def test_names_in_any_script(self) -> None:
        line = codec.encode(of("小区一"))
        assert self.taken(Sieve(frozenset({"小区一"})), line) == ["小区一"]
        assert self.taken(Sieve(frozenset({"小区二"})), line) == []

    def test_a_damaged_batch_names_its_position(self) -> None:
        one = batch(codec.encode(of("c01")))
        assert parse(one.frame) == one
        frame = bytearray(one.frame)
        frame[160] ^= 1
        log = MemoryLog()
        stored = one.stored()
        log.append([type(stored)(stored.originator_id, 1, stored.topic, bytes(frame))], NOON)
        with pytest.raises(Exception, match="position 1"):
            sifted(log.read(0, 1, 1)[0], CATALOG, Sieve(frozenset({"c01"})))
