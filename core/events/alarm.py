"""The life of an alarm. `alarm` = {kind}:{subject of the thing}:{id of the first cause}."""

from typing import ClassVar

from core.event import Data


class Acknowledged(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "alarm.acknowledged.v1"
    alarm: str
    actor: str  # the account, never a person's name
    note: str = ""  # as handed over; the log holds it sealed, in `pii`


TYPES = (Acknowledged,)
