"""A person takes an open alarm on: one event in the log, however often the button is pressed."""

from projections.web.accounts import Account
from projections.web.acts import Acts
from projections.web.desk import Desk
from projections.web.refusal import AlreadyAcknowledged as AlreadyAcknowledged
from projections.web.refusal import Behind as Behind
from projections.web.refusal import NoSuchAlarm as NoSuchAlarm


class Acknowledgements:
    """One of the acts by itself. Any thread."""

    def __init__(self, desk: Desk, acts: Acts | None = None) -> None:
        self.acts = acts or Acts(desk)

    def acknowledge(self, compound: str, alarm: str, account: Account, note: str) -> int:
        """Position of the event, durable. Blocks for one fsync: call it on a worker thread."""
        return self.acts.acknowledge(compound, account, alarm, note)
