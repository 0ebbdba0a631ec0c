"""Which events a client asks for: the same filters for pages of events and for the stream."""

from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.event import Origin, Recorded

_Text = Annotated[str, StringConstraints(min_length=1, max_length=512)]
_MANY = 64  # values of one filter


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An empty filter wants everything; values of one filter are alternatives."""

    compounds: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    subjects: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    def wants(self, item: Recorded) -> bool:
        event = item.event
        return (
            (not self.compounds or item.compound in self.compounds)
            and (not self.types or event.type in self.types or event.type.startswith(self.prefixes))
            and (not self.subjects or event.subject in self.subjects)
            and (not self.devices or item.device in self.devices)
            and (not self.ids or event.id in self.ids)
            and (not self.origins or event.origin in self.origins)
        )


class Selection(BaseModel):
    """Query parameters, each repeatable. An unknown one is refused: a misspelt filter would
    otherwise answer with everything."""

    model_config = ConfigDict(extra="forbid")

    compound: list[_Text] = Field(default=[], max_length=_MANY)
    type: list[_Text] = Field(
        default=[],
        max_length=_MANY,
        description="A type, or the beginning of one up to a dot: "
        "`access.granted.v1`, `access.granted`, `access.`",
    )
    subject: list[_Text] = Field(default=[], max_length=_MANY)
    device: list[_Text] = Field(default=[], max_length=_MANY)
    id: list[_Text] = Field(default=[], max_length=_MANY)
    origin: list[Origin] = Field(default=[], max_length=_MANY)

    def wanted(self) -> Wanted:
        return Wanted(
            compounds=frozenset(self.compound),
            types=frozenset(self.type),
            prefixes=tuple(one if one.endswith(".") else f"{one}." for one in self.type),
            subjects=frozenset(self.subject),
            devices=frozenset(self.device),
            ids=frozenset(self.id),
            origins=frozenset(self.origin),
        )
