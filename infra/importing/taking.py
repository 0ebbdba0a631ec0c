"""What is staged, into the log: by the command when no hub runs, else by the hub that does.

Every batch is taken by its number in its journal, so however often we die and begin again it is
stored once; the last one says that the file is imported. Then the file's ids are remembered, its
report is put in its place, and what was staged is removed: in this order, each harmless twice.
Who dies while it is removed leaves a manifest of what is in the log, or of what never was.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from core import durable
from core.batch import parse
from core.clock import Clock
from core.errors import BadFrame, EnvironmentFault, MenweiError
from core.events.key import Enrolled
from core.ingest import Arrival, Ingest
from core.keys import Signer
from core.ownjournal import GATEWAY as HUB
from core.store.port import EventStore, Log
from core.trust import Trust
from infra.hub import keyring
from infra.importing import identity, staging
from infra.importing.made import GATEWAY
from infra.importing.remembered import Remembered
from infra.importing.report import Report
from infra.importing.staging import Manifest

FOLDER = "imports"  # in the hub's
REPORTS = "reports"
_GROUP = 4_000_000  # bytes of batches in one commit


class Stale(MenweiError):
    """What is staged does not fit: the log is not where it was then. It is to be staged again."""


def take(
    folder: Path,
    manifest: Manifest,
    store: EventStore,
    hub: Signer,
    trust: Trust,
    clock: Clock,
    told: Callable[[int], None] = lambda _taken: None,
) -> Report:
    """`told`: batches taken. Stale, DiskFull, Unavailable: what is staged stays as it is."""
    if not manifest.last.stands(store):
        _append(folder, manifest, store, hub, trust, clock, told)
    with closing(Remembered(folder)) as remembered:
        remembered.add(manifest)
    put_report(folder, manifest.run, manifest.report)
    staging.discard(folder)
    return manifest.report


def _append(
    folder: Path,
    manifest: Manifest,
    store: EventStore,
    hub: Signer,
    trust: Trust,
    clock: Clock,
    told: Callable[[int], None],
) -> None:
    _enrol(hub, trust, manifest.compounds, clock)
    ingest = Ingest(store, trust)
    taken = 0
    for group in _groups(folder, manifest.batches):
        try:
            arrivals = [Arrival(_compound(frame, trust), GATEWAY, frame) for frame in group]
        except BadFrame as bad:
            raise _misfit(manifest, store, str(bad)) from bad
        for receipt in ingest.accept(arrivals, clock.now()):
            if receipt.refused:
                raise _misfit(manifest, store, f"batch {receipt.number}: {receipt.refused}")
        taken += len(group)
        told(taken)
    if not manifest.last.stands(store):
        raise _misfit(manifest, store, f"{taken} of {manifest.batches} batches are there")


def _misfit(manifest: Manifest, log: Log, why: str) -> MenweiError:
    """Who stages anew what the log has in part would store that part twice."""
    if manifest.first.stands(log):
        return EnvironmentFault(
            f"{manifest.report.file} is in the log in part, and the rest of what was staged is "
            f"damaged ({why}). Restore the imports folder from backup."
        )
    return Stale(why)


def put_report(folder: Path, run: str, report: Report) -> None:
    path = report_of(folder, run)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    durable.put(path, msgspec.json.encode(report), 0o600)


def report_of(folder: Path, run: str) -> Path:
    return folder / REPORTS / f"{run}.json"


def _enrol(hub: Signer, trust: Trust, compounds: Iterable[str], clock: Clock) -> None:
    """Who imports is made from the hub's key; the log says that it is believed all the same."""
    trust.say(
        [
            keyring.event_of(
                Enrolled(role="gateway", key=one.key, compound=one.compound, gateway=one.name,
                         actor=HUB, reason="import"),
                clock,
            )
            for one in identity.gateways(hub, compounds)
            if trust.history.now(bytes.fromhex(one.key)) is None
        ]
    )  # fmt: skip


def _compound(frame: bytes, trust: Trust) -> str:
    """BadFrame where it is none, or of a key that is nobody's."""
    return trust.of(parse(frame)).compound


def _groups(folder: Path, batches: int) -> Iterator[list[bytes]]:
    """The first alone, and the last: of one group some can be stored and others refused. So where
    the first does not stand nothing does, and where the last one stands everything does."""
    group: list[bytes] = []
    size = 0
    for number, frame in enumerate(staging.frames(folder), start=1):
        group.append(frame)
        size += len(frame)
        if size >= _GROUP or number in (1, batches - 1):
            yield group
            group, size = [], 0
    if group:
        yield group
