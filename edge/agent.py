"""The agent's life: start, run until told to stop, stop in an order that loses nothing."""

import asyncio
import logging
import queue
import signal
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from core.clock import Clock
from core.events.device import SessionClosed, SessionOpened
from core.folder import claim
from core.keys import Signer
from core.keystore import KeyStore
from core.tasks import end
from edge import health
from edge.config import Settings
from edge.counters import Counters
from edge.intake import Intake, Own
from edge.journal import EdgeJournal
from edge.mqtt import Delivery, DeviceLink
from edge.quarantine import Quarantine
from edge.uplink import Uplink

log = logging.getLogger("edge")

Inbox = queue.SimpleQueue[Delivery | Own | None]  # None: commit what is there, then end
_DRAIN = 2.0  # seconds given to the last receipts at a clean stop


async def run(settings: Settings, clock: Clock) -> None:
    """Returns after a clean stop (SIGTERM, SIGINT); raises what was fatal."""
    config, folder = settings.config, settings.folder
    lock = claim(folder)
    keys = KeyStore(folder / "keys.db")
    signer = Signer.load_or_create(folder / "gateway.key")
    journal = EdgeJournal(folder / "journal.db", signer, clock, config.limits.remembered_ids)
    quarantine = Quarantine(folder / "quarantine.db", keys, config.limits.quarantine_mb * 1_000_000)
    counters = Counters()
    inbox: Inbox = queue.SimpleQueue()
    intake = Intake(
        compound=config.compound,
        gateway=config.gateway,
        site=settings.site,
        journal=journal,
        quarantine=quarantine,
        keys=keys,
        clock=clock,
        counters=counters,
        only_known=config.intake.only_known,
    )
    uplink = Uplink(settings, journal, lambda: msgspec.to_builtins(counters))
    loop = asyncio.get_running_loop()
    committing = loop.run_in_executor(
        None,
        _commit_groups,
        intake,
        inbox,
        config.intake.linger_ms / 1000,
        config.intake.group,
        lambda: loop.call_soon_threadsafe(uplink.notify),
    )
    link = DeviceLink(
        config.intake,
        settings.intake.password,
        f"{config.compound}-{config.gateway}",
        inbox.put,
        settings.intake.tls,
    )
    backlog = journal.head.number - journal.cursor
    inbox.put(Own(SessionOpened(boot=journal.boot, reason="start", buffered=backlog)))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    link.start()
    log.info(
        "gateway %s of %s, epoch %d, boot %d, key %s",
        config.gateway, config.compound, journal.journal.epoch, journal.boot, signer.public.hex(),
    )  # fmt: skip
    sending = asyncio.create_task(uplink.run(), name="uplink")
    reporting = asyncio.create_task(
        _report(inbox, journal, counters, folder, clock, config.health_s), name="health"
    )
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        done, _ = await asyncio.wait(
            (committing, sending, reporting, stopping), return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()  # a fatal error ends the process here (I8)
        await asyncio.to_thread(link.stop)
        inbox.put(Own(SessionClosed(boot=journal.boot, reason="stop")))
        inbox.put(None)
        await committing
        try:
            async with asyncio.timeout(_DRAIN):
                await uplink.drained()
        except TimeoutError:
            log.info("%d batches wait for the hub", journal.head.number - journal.cursor)
        await end(sending)
        await uplink.farewell()
    finally:
        inbox.put(None)
        await end(sending, reporting, stopping)
    journal.close()
    quarantine.close()
    keys.close()
    lock.close()
    log.info("stopped")


def _commit_groups(
    intake: Intake, inbox: Inbox, linger: float, most: int, committed: Callable[[], object]
) -> None:
    """The intake thread: what arrived within `linger` seconds of the first is one commit."""
    ended = False
    while not ended:
        first = inbox.get()
        if first is None:
            return
        group = [first]
        until = time.monotonic() + linger
        while len(group) < most:
            try:
                item = inbox.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if item is None:
                ended = True
                break
            group.append(item)
        intake.take(group)
        committed()


async def _report(
    inbox: Inbox,
    journal: EdgeJournal,
    counters: Counters,
    folder: Path,
    clock: Clock,
    interval: float,
) -> None:
    while True:
        await asyncio.sleep(interval)
        found = await asyncio.to_thread(health.report, journal, counters, folder, clock.now())
        inbox.put(Own(found))
