"""`menwei simulate`: one compound's devices on a real broker."""

import math
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from core.clock import Clock, SystemClock
from core.errors import ConfigError, EnvironmentFault
from infra.simulate.agenda import Timed
from infra.simulate.compound import Compound
from infra.simulate.day import messages
from infra.simulate.faults import Faults, parse_faults, with_faults
from infra.simulate.publish import RealTime, Settings, run
from infra.simulate.record import Record

PASSWORD_VARIABLE = "MENWEI_MQTT_PASSWORD"  # noqa: S105 - the name of it
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


def simulate(options: Options, clock: Clock | None = None) -> int:
    """Exit code: 0 all acknowledged, 1 some were not, 2 wrong options, 3 broker or file."""
    clock = clock or SystemClock()
    stop = threading.Event()
    try:
        settings = settings_of(options, os.environ)
        stream = stream_of(options, clock.now())
        with ExitStack() as stack:
            record = stack.enter_context(Record(options.record)) if options.record else None
            advance = stack.enter_context(_progress(options))
            stack.enter_context(_stopped_by_signals(stop))

            def fate(timed: Timed, *, acked: bool) -> None:
                advance()
                if record is not None:
                    record.note(timed, acked=acked)

            totals = run(settings, stream, until=RealTime(clock, stop), stop=stop, fate=fate)
    except ConfigError as error:
        print(f"menwei simulate: {error}", file=sys.stderr)
        return 2
    except EnvironmentFault as error:
        print(f"menwei simulate: {error}", file=sys.stderr)
        return 3
    print(f"published {totals.published}, acknowledged {totals.acked}")
    return 0 if totals.complete else 1


def stream_of(options: Options, start: datetime) -> Iterator[Timed]:
    """The messages these options ask for, faults included. ConfigError names a wrong one."""
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
    return stream if faults == Faults() else with_faults(stream, faults, options.seed)


def settings_of(options: Options, environment: Mapping[str, str]) -> Settings:
    """Where and as whom to connect. ConfigError names what is wrong."""
    url = options.mqtt if "://" in options.mqtt else f"mqtt://{options.mqtt}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"--mqtt {options.mqtt!r}: {error}") from error
    if parts.password is not None:
        raise ConfigError(f"--mqtt: no password in the address; use a file or {PASSWORD_VARIABLE}")
    if parts.scheme != "mqtt" or not host or parts.path.strip("/"):
        raise ConfigError(f"--mqtt {options.mqtt!r}: expected host:port or mqtt://host:port")
    password = environment.get(PASSWORD_VARIABLE, "")
    if options.password_file is not None:
        try:
            password = options.password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"--password-file {options.password_file}: {error}") from error
    return Settings(
        host=host,
        port=port or 1883,
        username=options.username or parts.username or "",
        password=password,
        client_id=f"menwei-simulate-{options.compound}-{os.getpid()}",
    )


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM end the run in order; only the main thread may ask for them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda _number, _frame: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
