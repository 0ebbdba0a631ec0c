"""Every campaign of the laboratory with its full number of trials, and the controls."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.crash.lab import (
    brokers,
    diskfull,
    edge_run,
    episodes,
    flips,
    hub_kills,
    iofaults,
    kills,
    postgres_kills,
    powerloss,
    witness_kills,
)
from tests.crash.lab.edge_run import EdgeRun
from tests.crash.lab.hub_run import HubRun
from tests.crash.lab.powerloss import Verdict, memory
from tests.crash.lab.tally import Campaign, Tally, Unit, first_failure, tallied
from tests.crash.lab.vfs import Plan
from tests.tampers import kinds

_SHARES = 8  # units that divide the points of one recorded run among them
SEEN_WITHIN = 1000  # states a control may take


def states(kind: type[EdgeRun] | type[HubRun], unit: Unit, **bent: object) -> Iterator[Verdict]:
    """Crash states of one recorded run; `bent`: what makes a control of it."""
    run, share = divmod(unit.number, _SHARES)
    seed = unit.seed - unit.number + run
    with tempfile.TemporaryDirectory(dir=memory()) as scratch:
        recording = kind(Path(scratch), seed, **bent)  # type: ignore[arg-type]
        shared = (0, 1) if bent else (share, _SHARES)
        yield from powerloss.campaign(recording, unit.trials, seed, shared)


def power(kind: type[EdgeRun] | type[HubRun], unit: Unit) -> Tally:
    return tallied(states(kind, unit))


def bent(kind: type[EdgeRun] | type[HubRun], unit: Unit, **how: object) -> Tally:
    return first_failure(states(kind, unit, **how), unit.trials)


def faults(kind: type[EdgeRun] | type[HubRun], unit: Unit) -> Tally:
    """The `unit.number`-th of every call: all units together are every call with every fault.
    Their number is told by `_FAULT_UNITS`, whatever the scale leaves out."""

    def make(folder: Path, plan: Plan) -> EdgeRun | HubRun:
        return kind(folder, unit.seed - unit.number, plan=plan)

    chosen = iofaults.points(make)[unit.number :: _FAULT_UNITS]
    return tallied(iofaults.campaign(make, chosen))


def turned(unit: Unit) -> Tally:
    return tallied(flips.campaign(unit.seed, unit.trials))


_FAULT_UNITS = 100


def _control(name: str, title: str, run: Callable[[Unit], Tally]) -> Campaign:
    return Campaign(
        name=name, title=title, trials=SEEN_WITHIN, unit=SEEN_WITHIN, run=run, control=True
    )


def _no_mosquitto() -> str:
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    return "" if found else "no mosquitto on this machine"


CAMPAIGNS = (
    Campaign(
        name="power-edge", title="Power loss, edge: crash states",
        trials=100_000, unit=500, run=partial(power, EdgeRun),
    ),
    Campaign(
        name="power-hub", title="Power loss, hub: crash states",
        trials=100_000, unit=500, run=partial(power, HubRun),
    ),
    Campaign(
        name="io-edge", title="Fault at every I/O call, edge: hundredths of all calls",
        trials=_FAULT_UNITS, unit=1, run=partial(faults, EdgeRun),
    ),
    Campaign(
        name="io-hub", title="Fault at every I/O call, hub: hundredths of all calls",
        trials=_FAULT_UNITS, unit=1, run=partial(faults, HubRun),
    ),
    Campaign(
        name="kill-edge", title="kill -9 of the agent under load",
        trials=10_000, unit=50, run=kills.edge,
    ),
    Campaign(
        name="kill-hub", title="kill -9 of store and ingest under load",
        trials=3_000, unit=50, run=hub_kills.hub,
    ),
    Campaign(
        name="kill-broker", title="kill -9 of the broker between devices and agent",
        trials=500, unit=20, run=brokers.devices,
    ),
    Campaign(
        name="kill-uplink", title="kill -9 of the broker between agent and hub",
        trials=500, unit=20, run=brokers.uplink,
    ),
    Campaign(
        name="weather", title="TCP episodes on device hop and uplink",
        trials=1_000, unit=10, run=episodes.campaign,
    ),
    Campaign(
        name="disk-full", title="Disk filled and freed",
        trials=1_000, unit=10, run=diskfull.campaign, missing=diskfull.missing,
    ),
    Campaign(
        name="postgres", title="kill -9 of a whole PostgreSQL server under appends",
        trials=500, unit=25, run=postgres_kills.campaign,
    ),
    Campaign(
        name="kill-witness", title="kill -9 of a witness that is fed forks",
        trials=1_000, unit=50, run=witness_kills.campaign,
    ),
    Campaign(
        name="flips", title="Bits turned over in the journal's files",
        trials=10_000, unit=250, run=turned,
    ),
    Campaign(
        name="tampers", title="Audit packs tampered with, the place to be named",
        trials=100_000, unit=500, run=kinds.campaign,
    ),
    _control("off-edge", "edge, synchronous=OFF", partial(bent, EdgeRun, pragmas=edge_run.OFF)),
    _control("off-hub", "hub, synchronous=OFF", partial(bent, HubRun, pragmas=edge_run.OFF)),
    _control(
        "normal-edge", "edge, synchronous=NORMAL", partial(bent, EdgeRun, pragmas=edge_run.NORMAL)
    ),
    _control(
        "normal-hub", "hub, synchronous=NORMAL", partial(bent, HubRun, pragmas=edge_run.NORMAL)
    ),
    _control("early-edge", "edge, acknowledged early", partial(bent, EdgeRun, early=True)),
    _control("early-hub", "hub, receipted early", partial(bent, HubRun, early=True)),
    _control(
        "forward-edge", "edge, cursor moved on sending", partial(bent, EdgeRun, forward=True)
    ),
    Campaign(
        name="early-kill", title="kill -9 of an agent that acknowledges early",
        trials=200, unit=200, run=partial(kills.edge, kind="early"), control=True,
    ),
    Campaign(
        name="hasty-witness", title="kill -9 of a witness that answers before it persists",
        trials=100, unit=100, run=partial(witness_kills.campaign, kind="hasty-witness"),
        control=True,
    ),
    Campaign(
        name="postgres-hasty", title="PostgreSQL, synchronous_commit=off, killed",
        trials=10, unit=10, run=postgres_kills.hasty, control=True,
    ),
    Campaign(
        name="mosquitto", title="mosquitto without persistence, killed",
        trials=10, unit=10, run=brokers.control, control=True, missing=_no_mosquitto,
    ),
)  # fmt: skip
