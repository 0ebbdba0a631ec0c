"""A view over all compounds: one set of rows, whoever told, and only of the types it is about."""

import itertools
from collections.abc import Sequence

import msgspec
import pytest

from core import codec
from core.batch import Head, Journal
from core.catalog import CATALOG, Catalog
from core.clock import rfc3339
from core.event import Data, Event, source_of
from core.events import access, door
from core.events import waste as w
from core.writer import BatchWriter
from projections.past import as_of
from projections.shards import fold_shard, joined, shards
from projections.sieve import looked_at, sifted
from projections.view import DISTRICT, Kinds, Row, Rows, Run, View
from tests.fix_core import signer_of
from tests.fix_runner import dumped, in_memory, running, settle, several
from tests.fix_views import NOON, MemoryLog, minutes


class Heard(Row, frozen=True, kw_only=True):
    """What was told of a subject, and how many runs it took."""

    by: tuple[str, ...] = ()


def _fold(rows: Rows, run: Run) -> None:
    for item in run:
        key = item.event.type
        held = rows.get("heard", key, Heard) or Heard()
        rows.put("heard", key, msgspec.structs.replace(held, by=(*held.by, item.compound)))


def _present(_: Kinds) -> dict[str, object]:
    return {}


def view_over(about: frozenset[type[Data]] | None = None) -> View:
    return View(
        name="heard",
        version=1,
        kinds={"heard": Heard},
        fold=_fold,
        present=_present,
        over="district",
        about=about,
    )


EVERYTHING = view_over()
WASTE = view_over(frozenset({w.BinCollected, w.LoadWeighed}))
COMPOUND_VIEW = msgspec.structs.replace(EVERYTHING, name="each", over="compound")


@pytest.fixture
def log() -> MemoryLog:
    facts: Sequence[tuple[str, Data]] = (
        ("c01", w.BinCollected(bin="b1", net_g=10)),
        ("c02", w.BinCollected(bin="b2", net_g=20)),
        ("c02", door.Forced()),
        ("district", w.LoadWeighed(site="f1", ticket_no="1", net_g=30)),
        ("c01", access.Granted()),
        ("c03", access.Granted()),
    )
    return several([told(*fact) for fact in facts], [1])


_COUNT = itertools.count(1)


def told(compound: str, data: Data) -> Event:
    number = next(_COUNT)
    return Event(
        id=f"x:{number}",
        source=source_of(compound, "gw01", "x"),
        type=data.TYPE,
        subject="thing/x",
        time=rfc3339(NOON + minutes(number)),
        recordedtime=rfc3339(NOON + minutes(number)),
        data=data,
    )


def by(kinds: Kinds) -> dict[str, tuple[str, ...]]:
    found = {}
    for key, row in kinds.get("heard", {}).items():
        assert isinstance(row, Heard)
        found[key] = row.by
    return found


def test_all_compounds_change_one_set_of_rows(log: MemoryLog) -> None:
    runner = running(log, in_memory(), [EVERYTHING, COMPOUND_VIEW])
    settle(runner)
    position, kinds = runner.rows("heard", DISTRICT)
    assert position == log.head() == 6
    assert by(kinds)[w.BinCollected.TYPE] == ("c01", "c02")
    assert by(kinds)[w.LoadWeighed.TYPE] == ("district",)
    assert runner.rows("heard", "c01")[1] == {}


def test_compounds_are_those_that_spoke_and_the_district_is_known_beside_them() -> None:
    log = several([told("c01", door.Forced())], [1])
    runner = running(log, in_memory(), [EVERYTHING, COMPOUND_VIEW])
    assert not runner.knows(DISTRICT)
    settle(runner)
    assert runner.compounds() == ["c01"]
    assert runner.knows(DISTRICT)
    assert not runner.knows("c02")


def test_a_fold_is_given_only_what_its_view_is_about(log: MemoryLog) -> None:
    runner = running(log, in_memory(), [WASTE])
    settle(runner)
    assert by(runner.rows("heard", DISTRICT)[1]) == {
        w.BinCollected.TYPE: ("c01", "c02"),
        w.LoadWeighed.TYPE: ("district",),
    }


def test_batches_of_nothing_it_is_about_are_not_decoded(log: MemoryLog) -> None:
    sieve = looked_at(WASTE, CATALOG)
    found = [len(sifted(one, CATALOG, sieve)) for one in log.read(0, 10, 10_000_000)]
    assert sorted(found) == [0, 0, 0, 1, 1, 1]


def test_a_type_of_a_later_version_is_never_skipped(log: MemoryLog) -> None:
    older = Catalog([cls for cls in CATALOG.types.values() if cls is not door.Forced])
    sieve = looked_at(WASTE, older)
    found = [len(sifted(one, older, sieve)) for one in log.read(0, 10, 10_000_000)]
    assert sum(found) == 4, "the forced door is not readable here, and is counted as such"


@pytest.mark.parametrize("view", [EVERYTHING, WASTE], ids=["everything", "waste"])
def test_as_it_was_is_what_was_shown(log: MemoryLog, view: View) -> None:
    for position in range(log.head() + 1):
        runner = running(log, in_memory(), [view])
        while runner.step(position):
            pass
        assert as_of(log, view, DISTRICT, position, CATALOG) == runner.rows("heard", DISTRICT)[1]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_rebuilt_in_parts_it_is_the_same_bytes(log: MemoryLog, workers: int) -> None:
    views = [WASTE, COMPOUND_VIEW]
    store = in_memory()
    settle(running(log, store, views))
    parts = [
        fold_shard(log, views, one, log.head(), CATALOG) for one in shards(log, views, workers)
    ]
    made = joined(parts)
    assert {name: (one.position, list(one.rows)) for name, one in made.items()} == dumped(
        store, views
    )


def test_nothing_is_missing_without_what_it_does_not_look_at() -> None:
    """Whether such an event is decoded at all depends on the batch it stands in."""
    signer = signer_of(1)
    lines = [
        codec.encode(told("c01", data))
        for data in (
            w.LevelMeasured(distance_mm=5),
            w.BinCollected(bin="b1", net_g=10),
            w.BinCollected(bin="b2", net_g=20),
        )
    ]
    lines[0] = lines[0].replace(b'Mm":5', b'Mm":"five"')
    lines[2] = lines[2].replace(b'G":20', b'G":"twenty"')
    log = MemoryLog()
    batch = BatchWriter(Journal(signer.public, 1), signer, Head()).batches(lines, NOON)[0]
    log.append([batch.stored()], NOON)
    runner = running(log, in_memory(), [WASTE])
    settle(runner)
    shown = runner.view("heard").marks()
    assert [(one.type, one.count) for one in shown] == [(w.BinCollected.TYPE, 1)]
    for workers in (1, 2):
        parts = [
            fold_shard(log, [WASTE], one, log.head(), CATALOG)
            for one in shards(log, [WASTE], workers)
        ]
        assert joined(parts)["heard"].marks == shown
