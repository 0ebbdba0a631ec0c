"""What people do: one event in the log each, however often the button is pressed and by however
many. Routes and console act through one object, so a click here and a call there are told apart.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from core.clock import rfc3339
from core.event import Event
from core.events.alarm import Acknowledged, Assigned, Cleared, Reopened, Shelved, Unshelved
from core.events.duty import Taken
from projections.alarms.row import CLOSED, KIND, Alarm
from projections.view import Kinds
from projections.web import acts_legal, duty
from projections.web.accounts import Account
from projections.web.deed import event_of
from projections.web.desk import Desk
from projections.web.refusal import ActRefused, NoSuchAlarm
from projections.web.standing import Standing

_WATCH = "duty"
Act = Acknowledged | Assigned | Shelved | Unshelved | Cleared | Reopened


class Acts:
    """Every method: position of the event, durable when it returns; blocks for one fsync, so call
    it on a worker thread. ActRefused, a core.errors.Refused, says why not."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._standing = Standing(desk)

    def acknowledge(self, compound: str, account: Account, alarm: str, note: str = "") -> int:
        return self.perform(compound, account, Acknowledged(alarm=alarm, actor="", note=note))

    def assign(self, compound: str, account: Account, alarm: str, to: str, note: str = "") -> int:
        return self.perform(compound, account, Assigned(alarm=alarm, to=to, note=note))

    def shelve(
        self, compound: str, account: Account, alarm: str, until: datetime, note: str = ""
    ) -> int:
        """`until` is aware; the log holds it in UTC, as everything that is compared with it."""
        text = rfc3339(until.astimezone(UTC))
        return self.perform(compound, account, Shelved(alarm=alarm, until=text, note=note))

    def unshelve(self, compound: str, account: Account, alarm: str, note: str = "") -> int:
        return self.perform(compound, account, Unshelved(alarm=alarm, note=note))

    def clear(self, compound: str, account: Account, alarm: str, note: str = "") -> int:
        return self.perform(compound, account, Cleared(alarm=alarm, note=note))

    def reopen(self, compound: str, account: Account, alarm: str, note: str = "") -> int:
        return self.perform(compound, account, Reopened(alarm=alarm, note=note))

    def perform(self, compound: str, account: Account, act: Act) -> int:
        """Whoever comes second is told so; the log holds one event."""
        _may(account)
        now = self._desk.clock.now()
        with self._standing.turn():
            unfolded = self._standing.of(compound, act.alarm)
            found = [_with(row, unfolded) for row in self._find(compound, act.alarm)]
            if not found:
                raise self._gone(compound, act)
            alarm = _legal(found, act, now)
            event = _event(compound, alarm, act, account, now, [one.id for one in unfolded])
            return self._standing.append(compound, act.alarm, event)

    def hand_over(self, compound: str, account: Account, note: str = "", to: str = "") -> int:
        """What is open goes into the event beside the person's words."""
        _may(account)
        now = self._desk.clock.now()
        with self._standing.turn():
            rows = self._rows(compound)
            watch = duty.watch(rows, self._standing.of(compound, _WATCH))
            duty.may_hand_over(watch, account)
            report = duty.report(rows, watch, self._desk.gateways(), compound)
            data = report.event(account.name, watch, note, to, self._desk.runner.position())
            event = event_of(compound, "duty/watch", data, rfc3339(now), f"handed:{watch.mark}")
            return self._standing.append(compound, _WATCH, event)

    def take_over(self, compound: str, account: Account) -> int:
        _may(account)
        now = self._desk.clock.now()
        with self._standing.turn():
            watch = duty.watch(self._rows(compound), self._standing.of(compound, _WATCH))
            duty.may_take_over(watch, account, now)
            data = Taken(actor=account.name, handed=watch.handed)
            event = event_of(
                compound, "duty/watch", data, rfc3339(now), f"taken:{watch.mark}:{account.name}"
            )
            return self._standing.append(compound, _WATCH, event)

    def _rows(self, compound: str) -> list[Kinds]:
        runner = self._desk.runner
        if not runner.knows(compound):
            raise ActRefused("unknown", "there is no such compound")
        return [runner.rows(view, compound)[1] for view in runner.views]

    def _find(self, compound: str, alarm: str) -> list[Alarm]:
        """The occurrence's row in every view that shows it as the one of its kind and thing."""
        return [row for row in self._alarms(compound, KIND) if row.id == alarm]

    def _gone(self, compound: str, act: Act) -> ActRefused:
        over = any(row.id == act.alarm for row in self._alarms(compound, CLOSED))
        if over and not isinstance(act, Acknowledged):
            return ActRefused("over", "this alarm is over, and a newer one stands in its place")
        return NoSuchAlarm()

    def _alarms(self, compound: str, kind: str) -> Iterator[Alarm]:
        runner = self._desk.runner
        for view in runner.views:
            for row in runner.rows(view, compound)[1].get(kind, {}).values():
                if isinstance(row, Alarm):
                    yield row


def _may(account: Account) -> None:
    if not account.acts:
        raise ActRefused("role", f"the role {account.role} may look, but not change anything")


def _with(row: Alarm, unfolded: Sequence[Event]) -> Alarm:
    for event in unfolded:
        row = acts_legal.done(row, event)
    return row


def _legal(found: Sequence[Alarm], act: Act, now: datetime) -> Alarm:
    """The first of the views' rows to which it may be done."""
    refused: ActRefused | None = None
    for alarm in found:
        try:
            acts_legal.check(alarm, act, now)
        except ActRefused as refusal:
            refused = refused or refusal
        else:
            return alarm
    assert refused is not None
    raise refused


def _event(
    compound: str, alarm: Alarm, act: Act, account: Account, now: datetime, behind: Sequence[str]
) -> Event:
    """Its id says what was done to the alarm as it stood, `behind` which acts: done again after an
    outage that hid whether it was stored, it is the same event."""
    bare = msgspec.structs.replace(act, actor=account.name)
    event = event_of(compound, f"alarm/{alarm.kind}", bare, rfc3339(now), _mark(alarm, act, behind))
    return msgspec.structs.replace(event, correlationid=alarm.id, causationid=alarm.cause)


def _mark(alarm: Alarm, act: Act, behind: Sequence[str]) -> str:
    if isinstance(act, Acknowledged) and not alarm.reopened:
        return f"ack:{_digest(alarm.id)}"
    stands = (
        alarm.id, alarm.reopened, alarm.assigned_to, alarm.shelved_until, alarm.acknowledged,
        alarm.cleared, getattr(act, "to", ""), getattr(act, "until", ""), alarm.acts, *behind,
    )  # fmt: skip
    verb = act.TYPE.split(".")[1]
    return f"{verb}:{_digest(msgspec.json.encode(stands).decode())}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
