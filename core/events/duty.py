"""The watch is handed over: what was open then stands in the event, so nobody can say otherwise."""

from collections.abc import Mapping
from typing import ClassVar

from core.event import Data


class HandedOver(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """`note` is sealed; what is generated is not: counts by kind, and ids of open alarms."""

    TYPE: ClassVar[str] = "duty.handed.over.v1"
    actor: str
    since: str  # when this watch began
    to: str = ""
    note: str = ""
    figures: Mapping[str, int] = {}
    open: tuple[str, ...] = ()  # alarms
    shelved: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()  # subjects that were not closed and normal
    silent: tuple[str, ...] = ()  # gateways nobody heard of then
    position: int = 0  # of the log, as the note was made


class Taken(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "duty.taken.v1"
    actor: str
    handed: str = ""  # id of the duty.handed.over event


TYPES = (HandedOver, Taken)
