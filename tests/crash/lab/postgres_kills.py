"""Real SIGKILL of a whole PostgreSQL server under appends of several journals; what it may not
break is that an append that returned is there, once, in its place."""

import random
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import psycopg

from core import codec
from core.batch import Batch
from core.errors import FatalError, MenweiError, Unavailable
from core.postgres import settings
from core.postgres.database import parse
from core.store.port import Conflict
from core.store.postgres import PostgresEventStore
from tests.crash.lab import account, hub_life
from tests.crash.lab.account import Wrong
from tests.crash.lab.powerloss import memory
from tests.crash.lab.tally import Tally, Unit
from tests.fix_broker import PATIENCE
from tests.fix_core import START, Enrolled
from tests.fix_postgres import Server

_LARGE = 40_000  # bytes of a batch's events now and then
_QUIET = 0.002


class Appender:
    """One journal's thread: the next batches, again and again until it knows that they are
    there, as ingest does it."""

    def __init__(self, store: PostgresEventStore, lane: Enrolled, seed: str) -> None:
        self.journal = lane.journal.id
        self.sent: list[bytes] = []
        self.acknowledged = 0
        self.wrong = ""
        self._store, self._lane = store, lane
        self._chance = random.Random(seed)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ending.set()
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise Wrong("an append does not return")

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                group = self._group()
                self.sent += [one.frame for one in group]
                if not self._append(group):
                    return
                self.acknowledged += len(group)
        except (MenweiError, psycopg.Error, Wrong) as error:
            self.wrong = f"{type(error).__name__}: {error}"

    def _group(self) -> list[Batch]:
        if self._chance.random() < 0.05:
            noise = self._chance.randbytes(_LARGE // 2).hex()
            (event,) = self._lane.events(1)
            data = msgspec.structs.replace(event.data, native={"x": noise})
            made = self._lane.writer.batches(
                [codec.encode(msgspec.structs.replace(event, data=data))], START
            )
            self._lane.writer.advance(made)
            return list(made)
        return self._lane.batches(self._chance.randint(1, 6), self._chance.randint(1, 3))

    def _append(self, group: Sequence[Batch]) -> bool:
        """False when it was told to end before it was known."""
        unsure = False
        while not self._ending.is_set():
            try:
                # Now and then without asking first: then the journal's own key must refuse.
                if unsure and self._chance.random() < 0.8:
                    if self._there(group):
                        return True
                    unsure = False
                self._store.append([one.stored() for one in group], START)
            except Unavailable:
                unsure = True
                time.sleep(_QUIET)
            except Conflict as conflict:
                if not unsure or not self._there(group):
                    raise Wrong(f"a conflict where nothing was: {conflict}") from conflict
                return True
            else:
                return True
        return False

    def _there(self, group: Sequence[Batch]) -> bool:
        """All of a call or none of it, and as it was sent."""
        found = [self._store.get(self.journal, one.header.number) for one in group]
        if not any(found):
            return False
        if [one and one.state for one in found] != [one.frame for one in group]:
            raise Wrong("a part of an append is there, or other bytes")
        return True


def campaign(unit: Unit, extra: Mapping[str, str] | None = None) -> Tally:
    """`unit.trials` kills of one server. `extra`: settings that make a control of it."""
    tally, chance = Tally(), random.Random(f"postgres kills {unit.seed}")
    with (
        tempfile.TemporaryDirectory(dir=memory()) as scratch,
        Server(extra, folder=Path(scratch)) as server,
    ):
        url = server.create("menwei")
        store = PostgresEventStore(parse(url))
        appenders = [
            Appender(store, lane, f"{unit.seed} {lane.gateway.name}")
            for lane in hub_life.gateways()
        ]
        for one in appenders:
            one.start()
        try:
            for _ in range(unit.trials):
                _life(server, appenders, chance, tally)
                tally.trials += 1
        except (Wrong, FatalError) as wrong:
            tally.fail(f"unit {unit.number} (seed {unit.seed}): {wrong}\n{server.said()}")
        finally:
            for one in appenders:
                one.end()
            if not server.running:
                server.start()
            try:
                _settle(url, appenders, store, tally)
            except (Wrong, FatalError) as wrong:  # the store itself may find that it was lost
                tally.fail(f"unit {unit.number} (seed {unit.seed}): {wrong}")
            store.close()
    return tally


def _life(
    server: Server, appenders: Sequence[Appender], chance: random.Random, tally: Tally
) -> None:
    """Killed while it recovers, or some milliseconds after it took up its work; then started."""
    _progress(appenders)
    time.sleep(chance.uniform(0.0, 0.05))
    server.kill()
    if chance.random() < 0.2:
        server.launch()
        time.sleep(chance.uniform(0.0, 0.15))
        server.kill()
    server.start()
    returned = time.monotonic()
    _progress(appenders)
    tally.measure("back s", time.monotonic() - returned)


def _progress(appenders: Sequence[Appender]) -> None:
    """Until every journal got one more acknowledgement."""
    before = [one.acknowledged for one in appenders]
    until = time.monotonic() + PATIENCE
    while any(one.acknowledged == was for one, was in zip(appenders, before, strict=True)):
        for one in appenders:
            if one.wrong:
                raise Wrong(one.wrong)
        if time.monotonic() > until:
            raise Wrong(f"not back within {PATIENCE:g} s")
        time.sleep(0.001)


def _settle(
    url: str, appenders: Sequence[Appender], store: PostgresEventStore, tally: Tally
) -> None:
    """What the tables say, asked without any of our code, against what was acknowledged."""
    with psycopg.connect(url) as asking:
        rows = asking.execute(
            "SELECT notification_id, originator_id, originator_version, state, at_us "
            "FROM log.stored_events LEFT JOIN log.arrivals ON position = notification_id "
            "ORDER BY notification_id"
        ).fetchall()
        (arrivals,) = asking.execute("SELECT count(*) FROM log.arrivals").fetchone() or (0,)
    if [row[0] for row in rows] != list(range(1, len(rows) + 1)):
        raise Wrong("positions are not consecutive")
    if arrivals != len(rows) or any(row[4] is None for row in rows):
        raise Wrong("a position without the time of its arrival, or the other way round")
    if store.head() != len(rows):
        raise Wrong(f"the head is told as {store.head()}, and is {len(rows)}")
    found: dict[str, list[bytes]] = {}
    for _, journal, number, state, _ in rows:
        frames = found.setdefault(str(journal), [])
        frames.append(bytes(state))
        if number != len(frames):
            raise Wrong(f"batch {number} stands where {len(frames)} should")
    account.settle((), account.events(found)).close()
    for one in appenders:
        if one.wrong:
            raise Wrong(one.wrong)
        stored = found.get(str(one.journal), [])
        if stored != one.sent[: len(stored)]:
            raise Wrong("the log is not what was sent")
        if len(stored) < one.acknowledged:
            raise Wrong(f"acknowledged {one.acknowledged} batches, {len(stored)} are there")
        tally.count("acknowledged", one.acknowledged)
        tally.count("stored", len(stored))


def hasty(unit: Unit) -> Tally:
    """The control: a server that answers before it has written, and a store that lets it."""
    demanding = settings.demand
    settings.demand = lambda *_: None
    try:
        return campaign(unit, {"synchronous_commit": "off", "wal_writer_delay": "10000"})
    finally:
        settings.demand = demanding
