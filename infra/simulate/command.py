"""`menwei simulate`: one compound's devices on a real broker."""

import math
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from core.clock import Clock, SystemClock
from core.errors import ConfigError, EnvironmentFault
from edge.media.spool import Spool
from infra.broker_address import settings
from infra.simulate.agenda import Timed
from infra.simulate.compound import Compound
from infra.simulate.day import messages
from infra.simulate.faults import Faults, parse_faults, with_faults
from infra.simulate.pictures import Cameras, Keep
from infra.simulate.publish import RealTime, Settings, run
from infra.simulate.record import Record
from infra.stopping import stopped_by_signals

_BUDGET = 256_000_000  # bytes of pictures that wait for the hub
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line. There is no option for the password itself: others could read it in the
    list of processes."""

    mqtt: str  # host, host:port or mqtt://host:port
    username: str = ""
    password_file: Path | None = None
    compound: str = "c01"
    seed: int = 1
    rate: float | None = None  # messages a second; none: as the day goes
    duration: float | None = None  # seconds; none: until stopped
    speed: float = 1.0
    hour: int | None = None  # of the residents' day at the start; none: the clock's
    faults: str = ""  # name=rate,name=rate
    record: Path | None = None
    evidence: Path | None = None  # where a gateway keeps pictures; none: the doors have no cameras


def simulate(options: Options, clock: Clock | None = None) -> int:
    """Exit code: 0 all acknowledged, 1 some were not, 2 wrong options, 3 broker or file."""
    clock = clock or SystemClock()
    stop = threading.Event()
    try:
        broker = settings_of(options, os.environ)
        keep = Spool(options.evidence, _BUDGET, clock).keep if options.evidence else None
        stream = stream_of(options, clock.now(), keep)
        with ExitStack() as stack:
            record = stack.enter_context(Record(options.record)) if options.record else None
            advance = stack.enter_context(_progress(options))
            stack.enter_context(stopped_by_signals(stop.set))

            def fate(timed: Timed, *, acked: bool) -> None:
                advance()
                if record is not None:
                    record.note(timed, acked=acked)

            totals = run(broker, stream, until=RealTime(clock, stop), stop=stop, fate=fate)
    except ConfigError as error:
        print(f"menwei simulate: {error}", file=sys.stderr)
        return 2
    except EnvironmentFault as error:
        print(f"menwei simulate: {error}", file=sys.stderr)
        return 3
    print(f"published {totals.published}, acknowledged {totals.acked}")
    return 0 if totals.complete else 1


def stream_of(options: Options, start: datetime, keep: Keep | None = None) -> Iterator[Timed]:
    """The messages these options ask for, faults included; `keep`: doors have cameras,
    whose pictures go there. ConfigError names a wrong one."""
    if not _SLUG.fullmatch(options.compound):
        raise ConfigError(f"--compound {options.compound!r}: lower-case letters, digits and -")
    for name, value in (
        ("rate", options.rate), ("duration", options.duration), ("speed", options.speed),
    ):  # fmt: skip
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ConfigError(f"--{name} must be above 0, not {value}")
    if options.rate is not None and options.speed != 1:
        raise ConfigError("--rate and --speed are two ways to set the pace: choose one")
    faults = parse_faults(options.faults)
    until = None if options.duration is None else start + timedelta(seconds=options.duration)
    compound = Compound(options.seed, options.compound)
    stream = messages(
        compound, start, until=until, rate=options.rate, speed=options.speed, hour=options.hour
    )
    if keep is not None:
        stream = Cameras(compound, start, keep).over(stream)
    return stream if faults == Faults() else with_faults(stream, faults, options.seed)


def settings_of(options: Options, environment: Mapping[str, str]) -> Settings:
    """Where and as whom to connect. ConfigError names what is wrong."""
    return settings(
        options.mqtt,
        options.username,
        options.password_file,
        f"menwei-simulate-{options.compound}-{os.getpid()}",
        environment,
    )


@contextmanager
def _progress(options: Options) -> Iterator[Callable[[], None]]:
    """A bar for somebody who watches; nothing in a log file."""
    total = options.rate * options.duration if options.rate and options.duration else None
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(f"simulating {options.compound}", total=total)
        yield lambda: bar.advance(task)
