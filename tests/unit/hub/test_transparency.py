"""The hub signs what it stores, tells every compound when that is not what it signed, and goes
on with everything else."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from core.errors import ConfigError, DiskFull, Unavailable
from core.event import Event, parse_source
from core.events.log import Diverged
from core.store.sqlite import SQLiteEventStore
from core.tlog import lives
from core.tlog.checkpoint import default_origin
from core.tlog.log import TransparencyLog
from infra.hub import config, transparency
from infra.hub.transparency import Publisher, open_log
from tests.fix_broker import PATIENCE
from tests.fix_core import START, Enrolled, FixedClock, signer_of
from tests.fix_signed import HUB_TOML

ORIGIN = default_origin(signer_of(1).public)


class Rig:
    """A publisher over a store of its own; what it has to say is kept in `said`."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.gateway = Enrolled("gw-1", seed=1)
        self.path = folder / "hub.toml"
        self.path.write_text(HUB_TOML.format(key=self.gateway.gateway.key), encoding="utf-8")
        self.store = opened.enter_context(closing(SQLiteEventStore(folder / "log.db")))
        self.said: list[Event] = []
        self.outages: list[Exception] = []
        self.compounds = [set[str](), {"jinxiu", "lvyuan"}]
        self._opened = opened
        self.log = self.opening()

    def opening(self) -> TransparencyLog:
        settings = config.read(self.path)
        return open_log(settings, self._opened, signer_of(1), FixedClock())

    def append(self, events: Sequence[Event]) -> int:
        if self.outages:
            raise self.outages.pop()
        self.said += events
        return 1

    def heard(self) -> set[str]:
        """Nobody at first, as when the views have not been read yet."""
        return self.compounds.pop(0) if len(self.compounds) > 1 else self.compounds[0]

    def grow(self, count: int) -> None:
        self.store.append([one.stored() for one in self.gateway.batches(count)], START)

    def replace(self, position: int) -> None:
        with self.store._writer.datastore.transaction(commit=True) as c:
            c.execute("UPDATE stored_events SET state = x'00' WHERE rowid = ?", (position,))

    def until(self, condition: Callable[[], bool]) -> None:
        publisher = Publisher(self.log, self.store, self.append, self.heard, FixedClock())

        async def run() -> None:
            task = asyncio.create_task(publisher.run(0.0))
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    assert not task.done(), task.result()
                    await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        asyncio.run(run())

    def signed(self) -> int:
        published = self.log.published()
        return published.size if published is not None else 0


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    for name in ("_LOOK", "_ROUND", "_AGAIN"):
        monkeypatch.setattr(transparency, name, 0.0)
    with ExitStack() as opened:
        yield Rig(tmp_path, opened)


def test_what_is_stored_is_signed_while_it_grows(rig: Rig) -> None:
    rig.grow(3)
    rig.until(lambda: rig.signed() == 3)
    rig.grow(300)
    rig.until(lambda: rig.signed() == 303)
    assert rig.said == []
    assert rig.log.origin == ORIGIN


def test_a_long_log_is_signed_in_portions(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transparency, "_MOST", 100)
    monkeypatch.setattr("core.tlog.integrator.PAGE", 60)
    rig.grow(300)
    rig.until(lambda: rig.signed() == 300)
    sizes = [one.checkpoint.head.size for one in rig.log.checkpoints(START)]
    assert sizes == [120, 240, 300]


@pytest.mark.parametrize("away", [Unavailable("away"), DiskFull("full")])
def test_a_divergence_is_told_to_every_compound_once(rig: Rig, away: Exception) -> None:
    rig.grow(300)
    rig.until(lambda: rig.signed() == 300)
    rig.replace(20)
    rig.grow(1)
    rig.outages = [away]
    rig.until(lambda: len(rig.said) > 1)
    compounds = [parse_source(one.source)[0] for one in rig.said]
    assert compounds == ["jinxiu", "lvyuan"]
    for one in rig.said:
        assert isinstance(one.data, Diverged)
        assert (one.data.origin, one.data.size) == (ORIGIN, rig.signed())
        assert (one.data.what, one.data.position) == ("leaf", 20)
    assert rig.log.halted is not None
    assert len({one.id for one in rig.said}) == 1


def test_at_the_next_start_it_is_told_again_and_nothing_is_signed(rig: Rig) -> None:
    rig.grow(10)
    rig.until(lambda: rig.signed() == 10)
    rig.replace(7)
    rig.grow(1)
    for _ in range(2):
        rig.said, rig.log = [], rig.opening()
        rig.until(lambda: bool(rig.said))
        assert rig.signed() == 10


def test_an_outage_of_the_store_is_waited_out(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.grow(3)
    real, outages = rig.store.frames, [Unavailable("away"), Unavailable("away")]

    def frames(after: int, limit: int, most: int) -> Sequence[tuple[int, bytes]]:
        if outages:
            raise outages.pop()
        return real(after, limit, most)

    monkeypatch.setattr(rig.store, "frames", frames)
    rig.until(lambda: rig.signed() == 3)
    assert not outages


def test_a_name_once_known_stays(rig: Rig, tmp_path: Path) -> None:
    rig.grow(1)
    rig.until(lambda: rig.signed() == 1)
    with ExitStack() as opened:
        again = open_log(config.read(rig.path), opened, signer_of(9), FixedClock())
        assert again.origin == ORIGIN  # another key, the same log
    rig.path.write_text(rig.path.read_text() + '[log]\norigin = "example.com/gate"\n')
    with pytest.raises(ConfigError, match=r"hub\.toml: key `log\.origin`.*" + ORIGIN):
        rig.opening()


def test_a_name_that_is_configured(tmp_path: Path) -> None:
    life = lives.opened(tmp_path, "example.com/gate", ORIGIN)
    assert (life.origin, life.number, life.first) == ("example.com/gate", 1, "example.com/gate")
    assert lives.begun(tmp_path, 2, life.first).origin == "example.com/gate/2"
    assert lives.opened(tmp_path, "example.com/gate", ORIGIN).origin == "example.com/gate/2"
    assert lives.opened(tmp_path, "", ORIGIN).first == "example.com/gate"
    (tmp_path / "tlog" / "9.copy").mkdir()
    (tmp_path / "tlog" / "9.copy" / "origin").write_text("somebody's copy")
    assert lives.opened(tmp_path, "", ORIGIN).number == 2


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('origin = "a b"', "log.origin"),
        ('origin = "a+b"', "log.origin"),
        (f'origin = "{"x" * 201}"', "log.origin"),
        ("checkpoint_s = 0.5", "checkpoint_s"),
        ("checkpoint_s = 61", "checkpoint_s"),
        ('name = "x"', "name"),
    ],
)
def test_what_may_not_be_configured(rig: Rig, table: str, says: str) -> None:
    rig.path.write_text(rig.path.read_text() + f"[log]\n{table}\n")
    with pytest.raises(ConfigError) as found:
        config.read(rig.path)
    assert says in str(found.value)
