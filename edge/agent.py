"""The agent's life: start, run until told to stop, stop in an order that loses nothing."""

import asyncio
import gc
import logging
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.clock import Clock
from core.errors import DiskFull
from core.event import source_of
from core.events.device import SessionClosed, SessionOpened
from core.events.journal import DamageFound
from core.folder import claim
from core.keys import Signer
from core.keystore import KeyStore
from core.store import wal
from core.tasks import end
from core.tlog.standing import witness_name
from edge import budget, health, journals, rotation
from edge.ballast import Ballast
from edge.budget import Budget, Room
from edge.clockwatch import ClockWatch
from edge.commits import Commits
from edge.config import Settings
from edge.counters import Counters
from edge.gate import memory as memories
from edge.gate.gate import Gate
from edge.gate.items import Tick
from edge.gate.keeper import Keeper
from edge.gate.opening import Opening
from edge.heard import Heard
from edge.hubkeys import HubKeys
from edge.inlets import Inlets, Told
from edge.intake import Intake, Own
from edge.journal import Corrupt
from edge.journals import Journals
from edge.known import Memory
from edge.provisioning.book import Book
from edge.quarantine import Quarantine
from edge.rates import Shares
from edge.records import gaps_of
from edge.stream import Damaged
from edge.survey import Hole
from edge.uplink import Uplink
from edge.witness.witness import Witness

if TYPE_CHECKING:
    from edge.media.upload import Uploader
    from edge.provisioning.server import Server

log = logging.getLogger("edge")

_DRAIN = 2.0  # seconds given to the last receipts at a clean stop
_AGAIN = 1.0  # seconds between looks for room on a full disk
_LOOK = 0.25  # seconds between looks at the gateway's own clock and at what is due
_SCRUB = 16  # batches read again each second, to notice a medium that forgets


class _Files(msgspec.Struct, frozen=True):
    """What the agent keeps in its folder."""

    keys: KeyStore
    signer: Signer
    journals: Journals
    quarantine: Quarantine

    def close(self) -> None:
        self.journals.close()
        self.quarantine.close()
        self.keys.close()


async def run(settings: Settings, clock: Clock) -> None:
    """Returns after a clean stop (SIGTERM, SIGINT); raises what was fatal."""
    lock = claim(settings.folder)
    try:
        await _live(settings, clock)
    except Corrupt as error:
        journals.suspect(settings.folder, str(error))  # the next start writes beside it
        raise
    lock.close()
    log.info("stopped")


async def _live(settings: Settings, clock: Clock) -> None:
    config, folder = settings.config, settings.folder
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ballast = Ballast(folder)
    wal.fit(ballast.size())
    hub_keys = HubKeys(folder, bytes.fromhex(config.uplink.hub_key))
    files = await _open(settings, clock, hub_keys, ballast, stop)
    if files is None:
        return
    counters = Counters(quarantine_rows=files.quarantine.rows)
    gate = _gate(settings, files.journals, hub_keys, clock)

    book = Book(folder, settings.site)
    heard = None
    if settings.admin is not None:
        admin = settings.admin.admin
        heard = Heard(admin.last_devices, admin.last_kb * 1000)

    def say(word: Opening) -> None:
        inlets.publish(word)

    intake = Intake(
        compound=config.compound,
        gateway=config.gateway,
        site=book.site,
        journal=files.journals.active,
        quarantine=files.quarantine,
        keys=files.keys,
        clock=clock,
        counters=counters,
        room=_room(settings, files.journals),
        shares=Shares(config.limits.device_rate, config.limits.device_burst),
        monotonic=time.monotonic,
        only_known=config.intake.only_known,
        gate=gate,
        publish=say,
        clockwatch=ClockWatch(clock.now(), time.monotonic()),
        heard=heard,
    )
    commits = Commits(
        intake, ballast, counters, config.intake.linger_ms / 1000, config.intake.group
    )
    active = files.journals.active

    def gaps(device: str) -> list[tuple[int, int]]:
        with active.reading_beside() as c:
            return gaps_of(c, source_of(config.compound, config.gateway, device))

    asked, broken = book.followers()
    inlets = Inlets(
        settings,
        commits,
        clock,
        gaps,
        counters,
        lambda device: book.site.devices.get(device),
        Told(
            followers=asked,
            broken={key: (book.told[key].kind, why) for key, why in broken.items()},
            secrets=book.secrets(),
        ),
    )
    backlog = sum(one.pending for one in files.journals.streams)
    opened = SessionOpened(boot=active.boot, reason="start", buffered=backlog)
    # Before all else, also before what the uplink may order: an epoch begins with its opening.
    commits.put_all([Own(data) for data in (*files.journals.findings, opened)])

    def damaged(damage: Damaged) -> None:
        """Of the file that is written, a restart begins a new epoch; an older one gets a hole."""
        stream = damage.stream
        if not stream.retired:
            journals.suspect(folder, str(damage))
            raise damage
        stream.holes += (Hole(damage.number, damage.number, 0, damage.detail),)
        found = DamageFound(
            epoch=stream.journal.epoch,
            file=Path(stream.file).name,
            lane=int(stream.journal.lane),
            from_batch=damage.number,
            to_batch=damage.number,
            detail=damage.detail[:200],
        )
        log.error("%s", damage)
        commits.put(Own(found))

    uplink = Uplink(
        settings,
        files.journals,
        hub_keys,
        lambda: {**msgspec.to_builtins(counters), "disk_full": commits.disk_full},
        commits.put,
        damaged,
        commits.put,
        _witness(settings, files, hub_keys, clock, commits.put),
    )
    ballast.take()
    gc.freeze()  # what is loaded by now stays: the collector need not look at it again
    committing = loop.run_in_executor(
        None, commits.run, lambda: loop.call_soon_threadsafe(uplink.notify)
    )
    log.info(
        "gateway %s of %s, epoch %d, boot %d, key %s",
        config.gateway, config.compound, active.epoch, active.boot, files.signer.public.hex(),
    )  # fmt: skip
    parts: list[asyncio.Future[None]] = [committing]
    desk = _desk(settings, commits, clock, book, heard, inlets)
    stopping = asyncio.ensure_future(_stopped(stop))
    try:
        if desk is not None:
            await desk.start()
            parts.append(asyncio.create_task(desk.run(), name="admin"))
        parts += [
            *await inlets.start(),
            asyncio.create_task(uplink.run(), name="uplink"),
            asyncio.create_task(_report(commits, files.journals, counters, settings, clock)),
            asyncio.create_task(_keep_time(commits, clock, gate), name="clock"),
            asyncio.create_task(_scrub(files.journals, damaged), name="scrub"),
        ]
        if (pictures := _uploader(settings, files.signer, clock)) is not None:
            parts.append(asyncio.create_task(pictures.run(), name="pictures"))
        done, _ = await asyncio.wait((*parts, stopping), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # a fatal error ends the process here (I8)
        await inlets.stop()
        if desk is not None:
            await desk.stop()
        commits.put(Own(SessionClosed(boot=active.boot, reason="stop")))
        commits.end()
        await committing
        try:
            async with asyncio.timeout(_DRAIN):
                await uplink.drained()
        except TimeoutError:
            waiting = sum(one.pending for one in files.journals.streams)
            log.info("%d batches wait for the hub", waiting)
        await end(*parts[1:])
        await uplink.farewell()
    finally:
        commits.end()
        if desk is not None:
            await desk.stop()
        await end(*parts[1:], stopping)
    files.close()


async def _stopped(stop: asyncio.Event) -> None:
    await stop.wait()


async def _open(
    settings: Settings, clock: Clock, hub_keys: HubKeys, ballast: Ballast, stop: asyncio.Event
) -> _Files | None:
    """On a full disk the agent starts as soon as there is room, and says so until then."""
    folder, limits = settings.folder, settings.config.limits
    place = rotation.Place(folder, settings.config.compound, settings.config.gateway)
    while not stop.is_set():
        try:
            keys = KeyStore(folder / "keys.db")
            signer = Signer.load_or_create(folder / rotation.NAME)
            memory = Memory(ids=limits.remembered_ids, days=limits.remembered_days)
            signer = rotation.finish(place, signer, clock, hub_keys.now, memory)
            found = journals.open_journals(folder, signer, clock, hub_keys.now, memory)
            quarantine = Quarantine(
                folder / "quarantine.db", keys, limits.quarantine_mb * 1_000_000
            )
        except DiskFull as error:
            if not ballast.give_up():
                log.error("disk full: waiting for room (%s)", error)
                await asyncio.sleep(_AGAIN)
        else:
            return _Files(keys, signer, found, quarantine)
    return None


def _gate(settings: Settings, found: Journals, hub_keys: HubKeys, clock: Clock) -> Gate:
    config = settings.config
    with found.active.reading() as c:
        memory = memories.load(c)
    return Gate(
        compound=config.compound,
        gateway=config.gateway,
        hub_keys=hub_keys,
        keeper=Keeper(settings.folder, hub_keys, config.compound),
        memory=memory,
        now=clock.now(),
    )


def _witness(
    settings: Settings,
    files: _Files,
    hub_keys: HubKeys,
    clock: Clock,
    say: Callable[[Own], None],
) -> Witness:
    config = settings.config
    streams = files.journals.active.streams.values()
    return Witness(
        settings.folder,
        lambda: msgspec.structs.replace(config.uplink.pin, key=hub_keys.now),
        witness_name(config.compound, config.gateway),
        files.signer,
        clock,
        {one.journal.id.hex: one for one in streams},
        say,
        config.uplink.unproven_s,
    )


def _desk(
    settings: Settings,
    commits: Commits,
    clock: Clock,
    book: Book,
    heard: Heard | None,
    inlets: Inlets,
) -> "Server | None":
    if settings.admin is None or heard is None:
        return None  # and nothing of it is loaded
    from edge.camera import zones
    from edge.provisioning.aside import AsideFile
    from edge.provisioning.cameras import Cameras
    from edge.provisioning.desk import AdminDesk
    from edge.provisioning.routes import Routes
    from edge.provisioning.server import Server

    config, folder = settings.config, settings.folder
    desk = AdminDesk(
        book,
        heard,
        AsideFile(folder),
        clock,
        commits.put,
        commits.deliver,
        config.gateway,
        inlets,
        only_known=config.intake.only_known,
    )
    return Server(settings.admin, Routes(desk, Cameras(folder, clock, zones.read)).handle)


def _uploader(settings: Settings, signer: Signer, clock: Clock) -> "Uploader | None":
    config, hub = settings.config.media, settings.media
    if config is None or hub is None:
        return None  # and an HTTP client is not loaded
    from edge.media.config import FOLDER
    from edge.media.spool import Spool
    from edge.media.upload import Uploader

    spool = Spool(settings.folder / FOLDER, config.budget_mb * 1_000_000, clock)
    return Uploader(spool, hub, signer, config.kbyte_s)


def _room(settings: Settings, found: Journals) -> Callable[[], Room]:
    folder, limits = settings.folder, settings.config.limits

    def look() -> Room:
        disk = os.statvfs(folder)
        reserve = min(limits.reserve_mb * 1_000_000, disk.f_blocks * disk.f_frsize // 8)
        return budget.room(
            Budget(limits.journal_mb * 1_000_000, reserve),
            found.active.space(),
            disk.f_bavail * disk.f_frsize,
        )

    return look


async def _report(
    commits: Commits, found: Journals, counters: Counters, settings: Settings, clock: Clock
) -> None:
    while True:
        await asyncio.sleep(settings.config.health_s)
        report = await asyncio.to_thread(
            health.report,
            found,
            counters,
            settings.folder,
            clock.now(),
            disk_full=commits.disk_full,
        )
        commits.put(Own(report))


async def _keep_time(commits: Commits, clock: Clock, gate: Gate) -> None:
    """Has the intake's thread look at what is due, and at its clock when that was set."""
    watch = ClockWatch(clock.now(), time.monotonic())
    asked: datetime | None = None  # what a Tick is under way for
    while True:
        await asyncio.sleep(_LOOK)
        now, due = clock.now(), gate.next_due
        was_set = watch.look(now, time.monotonic()) is not None
        if was_set or (due is not None and due <= now and due != asked):
            asked = due
            commits.put(Tick())


async def _scrub(found: Journals, damaged: Callable[[Damaged], None]) -> None:
    """Reads what is kept again and again, slowly."""
    while True:
        for stream in found.streams:
            # Of an older file only what is still to be delivered is anybody's business.
            after = max(stream.pruned, stream.cursor) if stream.retired else stream.pruned
            while after < stream.sendable():
                await asyncio.sleep(1)
                try:
                    page = await asyncio.to_thread(stream.read, after, _SCRUB)
                except Damaged as damage:
                    damaged(damage)
                    break
                if not page:
                    break
                after = page[-1].originator_version
        await asyncio.sleep(60)
