"""What happens at a gateway, one line a step, and what its watch says: the form of the tables in
tests/cases/watch.

    0     door/south-gate access.granted credential=card   a fact of the device south-gate
    2.5   door/south-gate door.opened by=contact-1 told=1.8 late message=7
    3     tick
    4     heard cam-1         (also: connected, will, disconnected)
    6     shift 3600          the gateway's clock was set
    7     away 60             a restart that took so long; the next step is told the time behind it

`told`: the device's time. Times are seconds since START. Words with `=` that are no word of the
above are the data's fields, as they stand in JSON.
"""

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import msgspec

from core.catalog import CATALOG
from core.event import Data
from core.site import Site
from edge.watch.presence import State
from edge.watch.watch import Fact, Said, Watch
from tests.fix_core import START

CASES = Path(__file__).parents[3] / "cases" / "watch"
_SESSIONS: dict[str, State] = {name: name for name in get_args(State)}
_CALLS = ("tick", "heard", "shift", "away", *_SESSIONS)


class Step(msgspec.Struct, frozen=True):
    at: float
    call: str = ""
    of: str = ""
    subject: str = ""
    data: Data = Data()
    by: str = ""
    told: float = 0.0
    live: bool = True
    direct: bool = False
    message: int = 0


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    happens: str
    says: str = ""
    site: Site = Site()
    restarts: bool = True  # False: what a restart forgets on purpose matters here


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case: tuple[Case, ...]


def tables() -> Iterator[tuple[str, Case]]:
    for path in sorted(CASES.glob("*.toml")):
        table = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Table)
        for case in table.case:
            yield f"{path.stem}: {case.name}", case


def stored(watch: Watch, rows: dict[str, bytes]) -> dict[str, bytes]:
    """A copy of `rows`, which are as a gateway's file had them, and has them now."""
    for name, value in watch.rows(rows).items():
        if value is None:
            rows.pop(name, None)
        else:
            rows[name] = value
    return dict(rows)


def moment(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip()]


def data_of(kind: str, words: dict[str, str]) -> Data:
    return msgspec.convert(words, CATALOG.types[f"{kind}.v1"], strict=False)


def steps(text: str) -> list[Step]:
    return [_step(number, words) for number, words in enumerate(lines(text))]


def _step(number: int, words: list[str]) -> Step:
    at, first, *rest = words
    if first in _CALLS:
        return Step(float(at), first, "".join(rest))
    kind, *more = rest
    given = dict(word.split("=", 1) for word in more if "=" in word)
    device = given.pop("by", first.partition("/")[2])
    told = float(given.pop("told", at))
    message = int(given.pop("message", number + 1_000))
    return Step(
        float(at), subject=first, data=data_of(kind, given), by=device, told=told,
        live="late" not in more, direct="direct" in more, message=message,
    )  # fmt: skip


class Gateway:
    """Tells a watch one step after the other, and keeps what it said."""

    def __init__(self, site: Site, *, each: float = 0.0, restarts: bool = False) -> None:
        """`each`: ticks so often, between the steps. `restarts` after each step."""
        self.site, self.each, self.restarts = site, each, restarts
        self.watch = Watch(site, START)
        self.said: list[Said] = []
        self.clock = 0.0

    def run(self, story: list[Step]) -> list[Said]:
        each = max(self.each, story[-1].at / 2_000) if self.each else 0.0
        for number, step in enumerate(story):
            while each and self.clock + each < step.at:
                self.clock = round(self.clock + each, 3)
                self.said += self.watch.tick(moment(self.clock))
            self.step(number, step)
            after = story[number + 1] if number + 1 < len(story) else None
            within = after is not None and after.message == step.message > 0
            if self.restarts and not within:  # a message is committed whole
                self.watch = Watch(self.site, moment(self.clock), stored(self.watch, {}))
        return self.said

    def step(self, number: int, step: Step) -> None:
        now = moment(step.at)
        self.clock = step.at
        watch, call = self.watch, step.call
        if call == "tick":
            self.said += watch.tick(now)
        elif call == "heard":
            self.said += watch.heard(step.of, now)
        elif call == "shift":
            self.said += watch.tick(now)
            watch.shift(timedelta(seconds=float(step.of)))
            self.clock += float(step.of)
        elif call == "away":
            self.said += watch.tick(now)
            self.clock += float(step.of)
            self.watch = Watch(self.site, moment(self.clock), stored(watch, {}))
        elif call in _SESSIONS:
            self.said += watch.connection(step.of, _SESSIONS[call], now)
        else:
            self.said += watch.see(fact_of(number, step))


def fact_of(number: int, step: Step) -> Fact:
    return Fact(
        data=step.data, subject=step.subject, device=step.by, id=f"f{number}",
        at=moment(step.told), now=moment(step.at), live=step.live, message=step.message,
        direct=step.direct or step.live,
    )  # fmt: skip


def expected(text: str) -> list[tuple[float, str, str, dict[str, str]]]:
    """`20 door/south-gate door.prealarmed cause=timer` → when, what, type, fields that are told."""
    found = []
    for at, subject, kind, *rest in lines(text):
        fields = dict(word.split("=", 1) for word in rest)
        found.append((float(at), subject, f"{kind}.v1", fields))
    return found


def told(said: Said, fields: dict[str, str]) -> tuple[float, str, str, dict[str, str]]:
    """The same of what was said, with those of its fields that are asked for."""
    data = {
        field.encode_name: getattr(said.data, field.name)
        for field in msgspec.structs.fields(said.data)
    } | {"device": said.device, "because": said.causationid}
    at = round((said.at - START).total_seconds(), 3)
    return at, said.subject, said.data.TYPE, {name: _text(data.get(name, "")) for name in fields}


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value).replace(" ", "_")
