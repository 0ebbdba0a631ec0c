"""What of the log is to be replayed, at which pace, and where to; looked at before anything is
read."""

import math
import re
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from core.catalog import CATALOG
from core.errors import ConfigError
from core.store.port import Log
from infra.hub.views import VIEWS
from infra.reading import Reading, moment, scopes
from projections.past import as_of
from projections.replay.incident import alarm_in, span
from projections.view import View
from projections.web.scan import Place
from projections.web.selection import Selection, Wanted

_PLACE = re.compile(r"[0-9]{1,18}(\.[0-9]{1,9})?")
_TICK = timedelta(microseconds=1)
MEMORY = "memory"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """The command line."""

    data: Path = Path("data")
    config: Path | None = None
    since: str = ""
    until: str = ""
    alarm: str = ""
    around: float = 60.0
    compound: str = ""
    types: tuple[str, ...] = ()
    speed: str = "max"
    longest_wait: float = 5.0
    step: bool = False
    quiet: bool = False
    json: bool = False
    view: str = ""
    into: str = MEMORY
    rules: Path | None = None
    mqtt: str = ""
    prefix: str = ""
    username: str = ""
    password_file: Path | None = None


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """`first`: the place before the first event; `last`: the last position; `until`: when the hub
    had heard all of it."""

    first: Place
    last: int
    until: datetime
    compounds: frozenset[str]
    scopes: tuple[tuple[View, str], ...]
    wanted: Wanted

    @property
    def before(self) -> int:
        """The position before the first batch."""
        return self.first.position - 1


def speed(wish: Wish) -> float | None:
    """None: as fast as it goes."""
    if wish.speed == "max":
        return None
    try:
        found = float(wish.speed)
    except ValueError:
        found = math.nan
    if not (math.isfinite(found) and found > 0):
        raise ConfigError(f"--speed {wish.speed}: a number above 0, such as 1 or 60, or max.")
    return found


def check(wish: Wish) -> None:
    """ConfigError for options that do not go together."""
    if wish.alarm and (wish.since or wish.until):
        raise ConfigError("--alarm: it is a range by itself. Leave out --from and --to.")
    if wish.alarm and not wish.compound:
        raise ConfigError("--alarm: an id is looked for in one compound. Name it with --compound.")
    if wish.mqtt and (wish.view or wish.rules or wish.into != MEMORY):
        raise ConfigError(
            "--mqtt: publishes events and folds nothing. Leave out --view, --into and --rules."
        )
    if wish.mqtt and not wish.prefix:
        raise ConfigError(
            "--mqtt: a replay goes below a prefix of its own, such as --prefix replay/monday."
        )
    if wish.prefix and not wish.mqtt:
        raise ConfigError("--prefix: says where at a broker. Name that with --mqtt.")
    if not (math.isfinite(wish.longest_wait) and wish.longest_wait >= 0):
        raise ConfigError(f"--longest-wait {wish.longest_wait}: seconds, 0 or more.")
    if wish.view not in ("", *(view.name for view in VIEWS)):
        names = ", ".join(view.name for view in VIEWS)
        raise ConfigError(f"--view {wish.view}: one of {names}.")


def chosen(wish: Wish, hub: Reading) -> Chosen:
    """ConfigError names the option."""
    compounds = hub.compounds(wish.compound)
    views = [view for view in VIEWS if wish.view in ("", view.name)]
    found = scopes(views, compounds, wish.compound)
    if not found:
        raise ConfigError(
            f"--view {wish.view}: it is of all compounds together. Leave out --compound."
        )
    first, last = _alarm(wish, hub) if wish.alarm else _range(wish, hub.log)
    if first.position > last:
        raise ConfigError("--from: there is nothing between it and --to.")
    received = hub.log.received_at(last)
    if received is None:
        raise ConfigError(f"--to {wish.until}: the log has no position {last}.")
    return Chosen(
        first=first,
        last=last,
        until=received,
        compounds=frozenset(compounds),
        scopes=tuple(found),
        wanted=Selection(type=list(wish.types)).wanted(),
    )


def _range(wish: Wish, log: Log) -> tuple[Place, int]:
    head = log.head()
    if not wish.until:
        last = head
    elif wish.until.isdecimal():
        last = int(wish.until)
        if last > head:
            raise ConfigError(f"--to {last}: the log ends at position {head}.")
    else:
        last = log.position_at(moment("--to", wish.until))
    if not wish.since:
        return Place.before("1"), last
    if _PLACE.fullmatch(wish.since):
        return max(Place.before(wish.since), Place.before("1")), last
    before = log.position_at(moment("--from", wish.since) - _TICK)
    return Place.before(f"{before + 1}"), last


def _alarm(wish: Wish, hub: Reading) -> tuple[Place, int]:
    for view in VIEWS:
        if view.over != "compound":
            continue
        kinds = as_of(hub.log, view, wish.compound, hub.log.head(), CATALOG, hub.nearest(view))
        found = alarm_in(kinds, wish.alarm)
        if found is not None:
            within = span(hub.log, found, timedelta(seconds=wish.around))
            return Place.before(f"{within.first}"), within.last
    raise ConfigError(
        f"--alarm {wish.alarm}: no view of {wish.compound} shows it any more. Use --from and --to."
    )
