"""A person takes an open alarm on: one event in the log, however often the button is pressed."""

import hashlib
import threading

from core.clock import rfc3339
from core.errors import MenweiError
from core.event import Event, source_of
from core.events.alarm import Acknowledged
from core.ownjournal import GATEWAY
from projections.alarm import KIND, Alarm
from projections.web.accounts import Account
from projections.web.desk import Desk

DEVICE = "console"  # the device part of the sources of what people do


class NoSuchAlarm(MenweiError):
    """No view of this compound shows an alarm of this id."""


class AlreadyAcknowledged(MenweiError):
    """Somebody has taken it on before."""


class Behind(MenweiError):
    """After a start the views have not yet read what was acknowledged before it."""


class Acknowledgements:
    """Owns what was appended and is not folded yet; the views know the rest. Any thread.

    Dying after the append is safe: the views read it at the next start, and until they have
    nothing is acknowledged anew.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._floor = desk.log.head()
        self._appended: dict[tuple[str, str], int] = {}  # (compound, alarm) → position

    def acknowledge(self, compound: str, alarm: str, account: Account, note: str) -> int:
        """Position of the event, durable. Blocks for one fsync: call it on a worker thread."""
        with self._lock:
            folded = self._desk.runner.position()
            if folded < self._floor:
                raise Behind("the views are still being read; try again in a moment")
            self._appended = {
                key: position for key, position in self._appended.items() if position > folded
            }
            found = self._find(compound, alarm)
            if not found:
                raise NoSuchAlarm("this compound has no such alarm")
            taken = all(row.acknowledged for row in found)
            if taken or (compound, alarm) in self._appended:
                raise AlreadyAcknowledged("this alarm is acknowledged already")
            event = self._event(compound, found[0], account, note)
            position = self._desk.append([event])
            self._appended[compound, alarm] = position
            return position

    def _find(self, compound: str, alarm: str) -> list[Alarm]:
        """The alarm's row in every view that shows it."""
        return [
            row
            for view in self._desk.runner.views
            for row in self._desk.runner.rows(view, compound)[1].get(KIND, {}).values()
            if isinstance(row, Alarm) and row.id == alarm
        ]

    def _event(self, compound: str, alarm: Alarm, account: Account, note: str) -> Event:
        now = rfc3339(self._desk.clock.now())
        digest = hashlib.sha256(alarm.id.encode()).hexdigest()
        return Event(
            id=f"ack:{digest[:32]}",
            source=source_of(compound, GATEWAY, DEVICE),
            type=Acknowledged.TYPE,
            subject=f"alarm/{alarm.kind}",
            time=now,
            recordedtime=now,
            timequality="gateway",
            origin="manual",
            correlationid=alarm.id,
            causationid=alarm.cause,
            data=Acknowledged(alarm=alarm.id, actor=account.name, note=note),
        )
