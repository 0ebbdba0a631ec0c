"""Cases: what happens minute by minute, and what the desk shows after it. Data, readable by who
does not program; run purely, with the hub's clock played by the case.

A step has `at` (local HH:MM:SS) and one of: `event` with `subject` and `data`; `tells` with
`subject`, what a view's fold concludes (a kind); `act` with `by`; `over`, the same of a fold;
nothing, and only time passes. `shows` is compared with the alarm, word by word.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from core.catalog import CATALOG
from core.clock import parse_rfc3339, rfc3339
from core.errors import ConfigError
from core.event import Data, Event, Origin, Recorded, source_of
from core.events import alarm as said
from core.events.device import HealthReported
from core.events.timer import Fired
from core.moment import moment_of
from core.ownjournal import GATEWAY
from projections.alarms import fold
from projections.alarms.files import text_at
from projections.alarms.row import CLOSED, FLOOD, KIND, TIMER, Alarm, Flood, Timer
from projections.alarms.rules import Book, view_of
from projections.rulebook import put_in_force
from projections.state import ViewState
from projections.view import Rows, Run, View

COMPOUND = "case"
DAY = "2026-11-20"
ACTS: Mapping[str, type[Data]] = {
    "acknowledge": said.Acknowledged,
    "assign": said.Assigned,
    "shelve": said.Shelved,
    "unshelve": said.Unshelved,
    "clear": said.Cleared,
    "reopen": said.Reopened,
}


class CaseStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`happened`: where the device says another time; `recorded`: where the gateway wrote it down
    before it could send it. `shows` "nothing": no alarm of the case's kind."""

    at: str
    event: str = ""
    tells: str = ""
    over: str = ""
    subject: str = ""
    data: Mapping[str, Any] = {}
    times: int = 1
    origin: Origin = "live"
    happened: str = ""
    recorded: str = ""
    gateway: str = "gw01"
    act: Literal["", "acknowledge", "assign", "shelve", "unshelve", "clear", "reopen"] = ""
    by: str = "li"
    to: str = ""
    until: str = ""
    of: str = ""  # the act's alarm, by its id, where it is not the one on the desk
    what: str = ""  # in words, for who reads
    shows: Mapping[str, Any] | Literal["nothing", ""] = ""


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`alarm`: kind and subject of the alarm looked at, with a colon between. `rule`: of a shipped
    or adopted set, the rule it is a case of. `offline`: the hub's clock fires nothing until the
    last step is read, as when a backlog comes."""

    title: str
    alarm: str
    rule: str = ""
    offline: bool = False
    step: tuple[CaseStep, ...]


def load(path: Path) -> list[Case]:
    """ConfigError when it can not be read."""
    return read(text_at(path), str(path))


def read(text: str, file: str) -> list[Case]:
    try:
        table = tomllib.loads(text)
        return msgspec.convert(table.get("case", []), list[Case])
    except (ValueError, RecursionError) as error:  # msgspec's and tomllib's are ValueErrors
        raise ConfigError(f"{file}: {error}; write it as the cases shipped do") from error


def check_cases(book: Book, cases: Sequence[Case]) -> list[str]:
    """What is wrong, a line each: a rule without a case, a case without its rule, and every step
    after which the desk shows something else."""
    names = {rule.name for rule in book.rules}
    tested = {case.rule for case in cases}
    wrong = [f"rule {name}: no case; write one" for name in sorted(names - tested)]
    wrong += [
        f"case {case.title!r}: there is no rule {case.rule!r}; correct it, or remove the case"
        for case in cases
        if case.rule and case.rule not in names
    ]
    for case in cases:
        wrong += [f"case {case.title!r}: {line}" for line in run(book, case)]
    return wrong


def run(book: Book, case: Case) -> list[str]:
    """Each step whose `shows` does not hold."""
    play = Play(book, case)
    try:
        return [line for step in case.step for line in play.does(step)]
    except (KeyError, ValueError, msgspec.ValidationError) as error:
        return [f"can not be played: {error}; correct the step"]


class Play:
    """Owns the rows of one case and its log's end."""

    def __init__(self, book: Book, case: Case) -> None:
        self._case = case
        self.view = view_of(case.alarm)
        self.state = ViewState(_view(self.view))
        put_in_force(self.state.of(COMPOUND), book)
        self.position = 0

    def does(self, step: CaseStep) -> Iterator[str]:
        now = moment(step.at)
        last = step is self._case.step[-1]
        if not self._case.offline:
            self.pass_time(now)
        if step.event or step.tells or step.over:
            for _ in range(step.times):
                self._fact(step, now)
        elif step.act:
            self._act(step, now)
        if self._case.offline and last:
            self.pass_time(now)
        yield from self._compared(step)

    def pass_time(self, now: datetime) -> None:
        """The hub's clock, up to now: each timer as it comes due. Silence is evidence here: the
        gateway reports its health all the time."""
        rows = self.rows
        while due := sorted(
            (row.due, key)
            for key in rows.keys(TIMER)
            if (row := rows.get(TIMER, key, Timer)) and parse_rfc3339(row.due) <= now
        ):
            at, key = due[0]
            self._fold(Fired(view=self.view, timer=key, due=at), f"timer/{key}", at, GATEWAY)

    @property
    def rows(self) -> Rows:
        return self.state.of(COMPOUND)

    def alarm(self) -> Alarm | None:
        return self.rows.get(KIND, self._case.alarm, Alarm)

    def _fact(self, step: CaseStep, now: datetime) -> None:
        name = step.event or HealthReported.TYPE
        raw = {"boot": 1, "backlog": 0} if not step.event else step.data
        data = msgspec.convert(raw, CATALOG.types[name])
        happened = moment(step.happened) if step.happened else now
        recorded = moment(step.recorded) if step.recorded else now
        item = self._item(
            data, step.subject, rfc3339(happened), step.gateway, rfc3339(recorded), step.origin
        )
        self.state.fold([item], {})
        if step.tells:
            fold.trigger(self.rows, item, step.tells)
        if step.over:
            fold.clear(self.rows, item, step.over)

    def _act(self, step: CaseStep, now: datetime) -> None:
        found = self.alarm()
        occurrence = step.of or (found.id if found else "")
        cls = ACTS[step.act]
        more: dict[str, str] = {}
        if step.act == "assign":
            more["to"] = step.to
        if step.act == "shelve":
            more["until"] = rfc3339(moment(step.until))
        data = msgspec.convert({"alarm": occurrence, "actor": step.by, **more}, cls)
        self._fold(data, "alarm/case", rfc3339(now), GATEWAY, "manual")

    def _fold(
        self, data: Data, subject: str, at: str, gateway: str, origin: Origin = "live"
    ) -> None:
        self.state.fold([self._item(data, subject, at, gateway, at, origin)], {})

    def _item(
        self, data: Data, subject: str, at: str, gateway: str, recorded: str, origin: Origin
    ) -> Recorded:
        self.position += 1
        device = subject.partition("/")[2] or "hub"
        event = Event(
            id=f"e{self.position}",
            source=source_of(COMPOUND, gateway, device),
            type=data.TYPE,
            subject=subject,
            time=at,
            recordedtime=recorded,
            timequality="device-zone" if gateway != GATEWAY else "gateway",
            origin=origin,
            data=data,
        )
        when = moment_of(at, recorded, event.timequality)
        return Recorded(
            event, self.position, 0, gateway, self.position, COMPOUND, gateway, device, when
        )

    def _compared(self, step: CaseStep) -> Iterator[str]:
        found = self.alarm()
        if step.shows == "nothing":
            if found is not None:
                yield f"at {step.at}: expected no alarm, the desk shows {found.state}"
            return
        for name, wanted in (step.shows or {}).items():
            shown = self._shown(found, name)
            if shown != wanted:
                yield f"at {step.at}: expected {name} {wanted!r}, the desk shows {shown!r}"

    def _shown(self, found: Alarm | None, name: str) -> object:
        """Times as the case writes them; intervals as "12:00:00-12:05:00"."""
        if name == "finished":
            return len(self.rows.keys(CLOSED))
        if name == "alarms":
            return len(self.rows.keys(KIND))
        if name == "timers":
            return sorted(
                row.name
                for key in self.rows.keys(TIMER)
                if (row := self.rows.get(TIMER, key, Timer))
            )
        if found is None:
            return None
        if name == "in_the_crowd":
            return (self.rows.get(FLOOD, FLOOD, Flood) or Flood()).folds(found)
        value = getattr(found, name)
        if name == "intervals":
            return [f"{shown(start)}-{shown(end)}" for start, end in value]
        if name == "escalations":
            return [f"{one.to} {shown(one.at)}" for one in value]
        if name == "acts":
            return [f"{one.what} by {one.actor}" for one in value]
        return shown(value) if isinstance(value, str) else value


def _view(name: str) -> View:
    def folded(rows: Rows, run: Run) -> None:
        for item in run:
            fold.see(rows, item, name)

    return View(name=name, version=1, kinds=fold.KINDS, fold=folded, present=fold.present)


def moment(text: str) -> datetime:
    """Local time of the case's day, or of another one: "21 08:00:00"."""
    day, _, clock = text.rpartition(" ")
    date = f"{DAY[:8]}{day}" if day else DAY
    return parse_rfc3339(f"{date}T{clock}{':00' if clock.count(':') == 1 else ''}+08:00")


def shown(stamp: str) -> str:
    """A time of the case's day as a case writes it; any other text as it is."""
    try:
        local = parse_rfc3339(stamp).astimezone(moment("00:00").tzinfo)
    except ValueError:
        return stamp
    day = "" if local.date().isoformat() == DAY else f"{local.day:02} "
    return day + local.strftime("%H:%M:%S")
