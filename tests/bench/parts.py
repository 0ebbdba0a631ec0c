"""The product's own parts, put together as its processes have them. The one place of the
benchmark that knows how: the hub process is ingest and views, the history a process of its own.
"""

import threading
from contextlib import closing
from pathlib import Path

import msgspec

from core.catalog import CATALOG
from core.clock import SystemClock
from core.ingest import Ingest
from core.postgres.database import Database, parse
from core.store.open import open_log, open_store
from core.store.port import EventStore, Log
from core.tlog.integrator import Integrator
from core.tlog.log import TransparencyLog
from infra.hub.views import VIEWS
from infra.rebuild import fold
from projections.history.open import open_history
from projections.runner import Runner
from projections.store import ViewStore, open_views
from projections.view_follower import ViewFollower
from tests.bench.city import City
from tests.bench.database import relation_bytes
from tests.bench.library import file_bytes
from tests.fix_core import signer_of

_LOG_TABLES = ("log.stored_events", "log.arrivals")


class Place(msgspec.Struct, frozen=True):
    """Where a hub keeps everything: in PostgreSQL when there is a URL, else in `folder`."""

    folder: str
    url: str = ""

    @property
    def log(self) -> Path | Database:
        return parse(self.url) if self.url else Path(self.folder) / "log.db"


class Load(msgspec.Struct, frozen=True):
    """A city, told to another process: it finds template and frames in the same folder."""

    folder: str
    seed: int
    compounds: int
    gateways: int
    devices: int
    hours: float
    tracks: int
    events: int
    batch: int = 100

    def city(self) -> City:
        return City(
            self.seed, self.compounds, self.gateways, self.devices,
            folder=Path(self.folder), hours=self.hours, tracks=self.tracks, batch=self.batch,
        )  # fmt: skip


def store_of(place: Place) -> EventStore:
    return open_store(place.log)


def log_of(place: Place) -> Log:
    return open_log(place.log)


def ingest(store: EventStore, city: City) -> Ingest:
    return Ingest(store, city.trust)


class Views:
    """The two real views over a log, with their rows."""

    def __init__(self, place: Place, log: EventStore) -> None:
        self._store = open_views(parse(place.url) if place.url else Path(place.folder) / "views.db")
        self.runner = _runner(log, self._store)

    def close(self) -> None:
        self._store.close()


def _runner(log: Log, store: ViewStore) -> Runner:
    return Runner(log, [ViewFollower(view, store, log, CATALOG) for view in VIEWS], CATALOG)


class Signing:
    """The transparency log over what is stored, on a thread of its own as in the hub; every
    second, as often as it can be told to."""

    def __init__(self, place: Place, store: EventStore) -> None:
        folder = Path(place.folder) / "tlog"
        folder.mkdir()
        self._log = TransparencyLog(folder, "menwei/bench", signer_of(1), SystemClock())
        self._integrator = Integrator(self._log, store)
        self._store = store
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """When all that is stored is signed."""
        self._end()
        published = self._log.published()
        assert published is not None
        assert published.size == self._store.head()

    def close(self) -> None:
        self._end()
        self._log.close()

    def _end(self) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(1.0):
            self._sign()
        self._sign()

    def _sign(self) -> None:
        until = self._store.head()
        while self._integrator.step(until):
            pass
        self._log.publish()


class HistoryProcess:
    """What the history's own process does: it follows the log and decodes for itself."""

    def __init__(self, place: Place) -> None:
        self._log = log_of(place)
        where = parse(place.url) if place.url else Path(place.folder) / "history.db"
        self._history = open_history(where)
        self._runner = Runner(self._log, [self._history], CATALOG)

    def step(self) -> bool:
        """One page; False when there was nothing."""
        return self._runner.step()

    def position(self) -> int:
        return self._history.position()

    def close(self) -> None:
        self._history.close()
        self._log.close()


def rebuild(place: Place, log: EventStore, folder: Path) -> None:
    """Both views anew, from the first batch to the last, as `menwei rebuild` does it."""
    with closing(open_views(folder / "views.db")) as store:
        made = fold(place.log, log, VIEWS, log.head())
        for view in VIEWS:
            store.replace(view, made[view.name])


def log_bytes(place: Place) -> int:
    """Of the log with all that stands beside it: keys, arrivals."""
    if place.url:
        return sum(relation_bytes(place.url, table) for table in _LOG_TABLES)
    return file_bytes(Path(place.folder) / "log.db")
