"""The hub: one log, its ingest, its views and the one web app over them, wired together."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, ParamSpec

import uvicorn
from fastapi import FastAPI

from core.catalog import CATALOG
from core.clock import Clock
from core.errors import DiskFull, FatalError, Unavailable
from core.event import Event
from core.folder import claim
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.tasks import end
from core.tlog.checkpoint import log_key
from infra.audit.beside import pack_files
from infra.handoff.sender import senders
from infra.hub import interpreter
from infra.hub.config import Settings
from infra.hub.gateway_desks import GatewayDesks
from infra.hub.keys import HubKeys
from infra.hub.link import HubLink, whole
from infra.hub.people import HubPeople
from infra.hub.pictures import Pictures
from infra.hub.presence import LOOK, Presences
from infra.hub.proving import Proving
from infra.hub.refusals import Refusals
from infra.hub.rules import Adoption, stand
from infra.hub.stores import open_stores, when_there
from infra.hub.telling import fire, tell
from infra.hub.transparency import Publisher, open_log
from infra.hub.witnesses import open_witnesses
from infra.importing.handing import take_in
from infra.ledger.writers import WRITERS
from infra.parts import Part
from infra.ports import check_port
from projections.console.mount import mount as mount_console
from projections.outbox import Outbox
from projections.timers import Timers
from projections.web.accounts import Accounts
from projections.web.app import build
from projections.web.desk import Desk
from projections.web.live import Live

log = logging.getLogger("hub")

_NOTES = 10_000  # kept while the disk is full
_HISTORY_AGAIN = 30.0  # seconds
_P = ParamSpec("_P")


class _Server(uvicorn.Server):
    """Signals are the hub's to handle: it stops the parts in its own order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Fatal:
    """A fatal error inside a request must end the process, not become a 500 (I8)."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.future: asyncio.Future[None] = loop.create_future()

    def guard(self, append: Callable[_P, int]) -> Callable[_P, int]:
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> int:
            try:
                return append(*args, **kwargs)
            except DiskFull:  # nothing has changed; who asked may ask again
                raise
            except FatalError as error:
                self.tell(error)
                raise

        return guarded

    def tell(self, error: FatalError) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._fail, error)

    def _fail(self, error: FatalError) -> None:
        if not self.future.done():
            self.future.set_exception(error)


async def run(settings: Settings, clock: Clock) -> None:
    """Returns after a clean stop (SIGTERM, SIGINT); raises what was fatal."""
    folder, http = settings.folder, settings.config.http
    interpreter.share()
    with contextlib.ExitStack() as opened:  # closed in reverse, whatever ends us
        opened.enter_context(claim(folder))
        check_port(http.host, http.port, "http.port")
        keys = opened.enter_context(contextlib.closing(KeyStore(folder / "keys.db")))
        accounts = opened.enter_context(contextlib.closing(Accounts(folder / "accounts.db", clock)))
        stores = open_stores(settings, opened, keys, clock)
        own, signer = stores.own, stores.signer
        tlog = open_log(settings, opened, signer, clock)
        loop = asyncio.get_running_loop()
        fatal = _Fatal(loop)
        gateways = settings.config.gateways  # as the log has them, once the loop runs
        presences = Presences(gateways, clock, loop.time())
        refusals = Refusals(gateways, clock)
        journals = when_there(opened, lambda _: stores.log.journals())
        proving = Proving(tlog, stores.trust, signer, journals)
        link = HubLink(settings, stores.ingest, signer, clock, presences, refusals, proving)
        append = fatal.guard(own.append)
        hub_keys = HubKeys(
            stores.trust,
            clock,
            partial(link.send, retain=True),
            lambda known: loop.call_soon_threadsafe(link.enrolled, known),
        )
        people = HubPeople(settings, stores, signer, keys, clock, link, append, hub_keys.names)
        adoption = Adoption(
            settings.rules,
            hub_keys.names.keys(),
            stores.runner,
            stores.log.head,
            own.append,
            clock,
            named=settings.rules_named,
        )
        pictures = Pictures(settings, stores, append, clock)
        witnesses = open_witnesses(settings, tlog, own.append, adoption.compounds, clock)
        desk = Desk(
            log=stores.log,
            runner=stores.runner,
            late=stores.late,
            history=stores.history,
            live=Live(),
            accounts=accounts,
            catalog=CATALOG,
            clock=clock,
            append=append,
            fatal=fatal.tell,
            unseal=own.unseal,
            gateways=presences.gateways,
            refusals=refusals.lines,
            uplinks=link.uplinks,
            data=folder,
            adopt_rules=adoption.adopt,
            people=people,
            keys=hub_keys,
            writers=WRITERS,
            tlog=tlog,
            pack_files=pack_files(settings.policy),
            media=pictures.archive,
            fixity=pictures.fixity,
            witnesses=witnesses.standing if witnesses else None,
            gateway_desk=GatewayDesks(settings.admin) if settings.admin else None,
        )
        hub_keys.start()
        people.policies.start()
        desk.live.attach(stores.runner, loop)
        if first := accounts.first_password():
            print(f"account admin, password {first} (shown once)", flush=True)
        log.info("hub key %s, http://%s:%d", signer.public.hex(), http.host, http.port)
        log.info("log key %s", log_key(tlog.origin, signer.public).encode())
        head = stores.log.head
        timers = Timers(stores.runner, head, own.append, clock)
        outbox = Outbox(stores.runner, head, own.append, clock, desk.responses)
        background = [link.run(), _notes(presences, refusals, own)]
        background += [fire(timers), tell(outbox, desk.live), stand(adoption)]
        publisher = Publisher(tlog, stores.log, own.append, adoption.compounds, clock)
        background.append(publisher.run(settings.config.log.checkpoint_s))
        if witnesses is not None:
            background += witnesses.parts()
        background.append(take_in(folder, stores.log, signer, stores.trust, clock))
        background += [pictures.keep(), pictures.check()]
        handed = folder / "handoff"
        background += senders(
            settings.targets, handed, stores.log, own.append, own.unseal, clock, pictures.archive
        )
        if stores.history is not None:
            background.append(_history(settings))
        await _until_stopped(desk, settings, background, fatal.future)
        if rest := refusals.rest():
            with contextlib.suppress(
                DiskFull, Unavailable
            ):  # they stand in the log file of this process
                own.append(rest)
    log.info("stopped")


async def _until_stopped(
    desk: Desk,
    settings: Settings,
    background: Sequence[Coroutine[Any, Any, None]],
    fatal: asyncio.Future[None],
) -> None:
    """Serve, fold and listen until a signal; the first part that fails takes all with it (I8)."""
    loop = asyncio.get_running_loop()
    application = build(desk)
    mount_console(application, desk)
    server = _server(application, settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    folding = loop.run_in_executor(None, desk.runner.run)
    serving = asyncio.create_task(server.serve(), name="hub-http")
    cancelled = [asyncio.create_task(one) for one in (*background, stop.wait())]
    try:
        parts: list[asyncio.Future[Any]] = [folding, serving, fatal, *cancelled]
        done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        for part in done:
            part.result()
    finally:
        application.state.streams.close()
        if (exports := application.state.exports) is not None:
            await asyncio.to_thread(exports.close)
        server.should_exit = True
        desk.runner.stop()
        await end(fatal, *cancelled)
        await asyncio.gather(folding, serving, return_exceptions=True)


def _server(application: FastAPI, settings: Settings) -> _Server:
    http = settings.config.http
    return _Server(
        uvicorn.Config(
            application,
            host=http.host,
            port=http.port,
            log_level="warning",
            access_log=False,
            ws_ping_interval=20,
            timeout_graceful_shutdown=2,
        )
    )


async def _history(settings: Settings) -> None:
    """Its process is started again when it dies, and after a while when it could not begin: what
    is wrong with its database stops it alone, and the gates do not wait for a history."""
    while True:
        part = Part("history", [sys.executable, "-m", "infra.cli", "history", str(settings.path)])
        try:
            code = await part.watch()
        finally:
            await part.stop()
        log.error(
            "the history cannot run (exit code %d), the lines above say why; again in %.0f s",
            code, _HISTORY_AGAIN,
        )  # fmt: skip
        await asyncio.sleep(_HISTORY_AGAIN)


async def _notes(presences: Presences, refusals: Refusals, own: OwnJournal) -> None:
    """What the hub itself has to say, once a second, into its own journal."""
    loop = asyncio.get_running_loop()
    waiting: list[Event] = []
    while True:
        waiting += [*presences.look(loop.time()), *refusals.due(loop.time())]
        if waiting:
            try:
                await whole(asyncio.to_thread(own.append, waiting))
                waiting = []
            except (DiskFull, Unavailable) as away:
                log.error("%d notes of the hub wait: %s", len(waiting), away)
                del waiting[:-_NOTES]
        await asyncio.sleep(LOOK)
