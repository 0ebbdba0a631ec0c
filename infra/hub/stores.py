"""All that the hub keeps its state in, opened together and closed in reverse."""

import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from core.catalog import CATALOG
from core.clock import Clock
from core.errors import Unavailable
from core.ingest import Ingest
from core.keys import Signer
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.store.open import Where, open_store
from core.store.port import EventStore
from core.trust import Trust
from infra.hub import hubkey, keyring
from infra.hub.config import Settings
from infra.hub.views import VIEWS
from projections.follower import Follower
from projections.history.open import open_reader
from projections.history.sink import HistoryReader
from projections.late import LateBatches
from projections.media.index import MediaIndex
from projections.media.register import MediaRegister
from projections.runner import Runner
from projections.store import open_views
from projections.view_follower import ViewFollower

log = logging.getLogger("hub")

MEDIA = "media"  # folder of pictures, and of what is known of them
_AGAIN = 2.0  # seconds
_T = TypeVar("_T")


class Stores(msgspec.Struct, frozen=True, kw_only=True):
    log: EventStore
    runner: Runner
    late: LateBatches
    own: OwnJournal
    signer: Signer  # the hub's
    trust: Trust
    ingest: Ingest
    history: HistoryReader | None
    pictures: MediaIndex
    register: MediaRegister


def beside(where: Where, folder: Path, name: str) -> Where:
    """Where what belongs to a log is kept: in its database, or a file of its own in the folder."""
    return folder / name if isinstance(where, Path) else where


def when_there(opened: contextlib.ExitStack, opening: Callable[[contextlib.ExitStack], _T]) -> _T:
    """After a power cut a process may be up before its database: it is waited for, as long as it
    takes; what is wrong with a database that answers is not. What `opening` put onto its stack
    is closed with `opened`."""
    while True:
        with contextlib.ExitStack() as attempt:
            try:
                found = opening(attempt)
            except Unavailable as away:
                log.error("the database is away, again in %.0f s: %s", _AGAIN, away)
                time.sleep(_AGAIN)
                continue
            opened.enter_context(attempt.pop_all())
            return found


def open_stores(
    settings: Settings, opened: contextlib.ExitStack, keys: KeyStore, clock: Clock
) -> Stores:
    return when_there(opened, lambda each: _opened(settings, each, keys, clock))


def _opened(
    settings: Settings, opened: contextlib.ExitStack, keys: KeyStore, clock: Clock
) -> Stores:
    where, folder = settings.store, settings.folder
    store = opened.enter_context(contextlib.closing(open_store(where)))
    views = opened.enter_context(contextlib.closing(open_views(beside(where, folder, "views.db"))))
    signer = hubkey.finish(settings, store, keys, clock)
    own = OwnJournal(store, signer, clock, keys)
    trust = keyring.open_trust(settings, store, signer.public, own.append, clock)
    reader: HistoryReader | None = None
    if settings.config.history.enabled:
        reader = open_reader(beside(where, folder, "history.db"))
        opened.enter_context(contextlib.closing(reader))
    index = folder / MEDIA / "index.db"
    pictures = opened.enter_context(contextlib.closing(MediaIndex(index)))
    register = opened.enter_context(contextlib.closing(MediaRegister(index)))
    followers: list[Follower] = [ViewFollower(view, views, store, CATALOG) for view in VIEWS]
    followers.append(pictures)
    late = LateBatches(views, store)
    followers.append(late)
    return Stores(
        log=store,
        runner=Runner(store, followers, CATALOG),
        late=late,
        own=own,
        signer=signer,
        trust=trust,
        ingest=Ingest(store, trust, own),
        history=reader,
        pictures=pictures,
        register=register,
    )
