"""The hub's append, one batch a call; and the bytes an event takes at rest."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from core.batch import Lane, parse
from core.clock import SystemClock
from edge.journals import open_journals
from tests.bench import library, parts, raw
from tests.bench.context import Context
from tests.bench.database import relation_bytes
from tests.bench.parts import Load
from tests.bench.rebuild import filled
from tests.bench.table import Result, beside, times
from tests.bench.timing import Run, alternate, cost, measured
from tests.fix_core import signer_of

_EVENTS = 50_000
_PEER = {"postgres": 1_500, "sqlite": 3_000}
_STORED = 100_000
_LEAST = 45
_SHARE = 0.12
_ONE = "library, insert_events, one event a call"


def measure(context: Context) -> list[Result]:
    """Signed batches of 100, one row a call, against one event a call; raw rows beside."""
    results = []
    for database, theirs in _PEER.items():
        events = context.events(_EVENTS)
        found = alternate(
            context.repeats,
            {
                "ours": _ours(context, database, events, checked=False),
                "checked": _ours(context, database, events, checked=True),
                "peer": _theirs(context, database, context.events(theirs)),
                "raw": _raw(context, database, events),
            },
        )
        name = context.name_of(database)
        peers = [run.rate for run in found["peer"]]
        results.append(
            beside(
                f"hub append, signed batches of 100, one row a call, {name}",
                [run.rate for run in found["ours"]],
                peers,
                unit=" ev/s",
                peer=_ONE,
                least=_LEAST,
                note=cost(found["ours"]),
                command=context.command("append"),
            )
        )
        results.append(
            beside(
                f"the same with signature and chain checked, {name}",
                [run.rate for run in found["checked"]],
                peers,
                unit=" ev/s",
                peer=_ONE,
                command=context.command("append"),
            )
        )
        results.append(
            beside(
                f"the same beside the bytes alone, {name}",
                [run.rate for run in found["ours"]],
                [run.rate for run in found["raw"]],
                unit=" ev/s",
                peer="raw COPY" if database == "postgres" else "raw INSERT",
                command=context.command("append"),
            )
        )
    return results


def stored(context: Context) -> list[Result]:
    """Bytes of an event in journal and hub, against one row an event in the same database."""
    events = context.events(_STORED)
    load = context.load(events)
    hub, theirs = {}, {}
    for database in _PEER:
        with context.place(database) as place:
            filled(place, load)
            hub[database] = parts.log_bytes(place) / events
        theirs[database] = _peer_bytes(context, database, events) / events
    with context.room() as folder:
        journal = _journal_bytes(folder, load) / events
    rows = [
        ("journal", journal, "sqlite"),
        ("hub, SQLite", hub["sqlite"], "sqlite"),
        (f"hub, {context.server.name}", hub["postgres"], "postgres"),
    ]
    plain = load.city().mean_bytes
    return [
        Result(
            name=f"stored bytes an event, {where} ({plain:.0f} B of JSON)",
            measured=f"{size:.1f} B",
            limit=f"≤ {_SHARE}×",
            reached=size / theirs[database] <= _SHARE,
            peer=f"library, one row an event: {theirs[database]:.0f} B",
            ratio=times(size / theirs[database]),
            command=context.command("stored"),
        )
        for where, size, database in rows
    ]


def _ours(context: Context, database: str, events: int, *, checked: bool) -> Callable[[int], Run]:
    load = context.load(events)

    def run(_: int) -> Run:
        arrivals = list(load.city().arrivals(events))
        batches = [parse(one.frame).stored() for one in arrivals]
        now = SystemClock().now()
        with context.place(database) as place, closing(parts.store_of(place)) as store:
            ingest = parts.ingest(store, load.city())
            with measured(events, context.server.pids) as spent:
                if checked:
                    for arrival in arrivals:
                        assert not ingest.accept([arrival], now)[0].refused
                else:
                    for batch in batches:
                        store.append([batch], now)
        return spent

    return run


def _theirs(context: Context, database: str, events: int) -> Callable[[int], Run]:
    found = library.stored(context.load(events).city().lines(events))

    def run(_: int) -> Run:
        with (
            context.place(database) as place,
            library.recorder(place.url, Path(place.folder)) as recorder,
        ):
            return library.insert_one_by_one(recorder, found, context.server.pids)

    return run


def _raw(context: Context, database: str, events: int) -> Callable[[int], Run]:
    frames = [one.frame for one in context.load(events).city().arrivals(events)]

    def run(_: int) -> Run:
        with context.place(database) as place:
            if place.url:
                return raw.copy_bytes(place.url, frames, 1, events, context.server.pids)
            return raw.sqlite_insert(Path(place.folder) / "raw.db", frames, 1, events)

    return run


def _peer_bytes(context: Context, database: str, events: int) -> int:
    found = library.stored(context.load(events).city().lines(events))
    with context.place(database) as place:
        with library.recorder(place.url, Path(place.folder)) as recorder:
            library.fill(recorder, found)
            if place.url:
                return relation_bytes(place.url, library.TABLE)
        return library.sqlite_bytes(Path(place.folder))


def _journal_bytes(folder: Path, load: Load) -> int:
    """A gateway's journal file with the same batches' events, as its intake writes them."""
    journals = open_journals(folder, signer_of(1), SystemClock(), signer_of(2).public)
    try:
        for arrival in load.city().arrivals(load.events):
            journals.active.commit({Lane.BULK: parse(arrival.frame).lines().splitlines()})
    finally:
        journals.close()
    return library.file_bytes(folder / "journal.db")
