"""The shapes of /api/v1/media: what is asked and what is answered."""

from typing import Annotated

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from core.events.media import Requester
from projections.web.api import clean
from projections.web.archive import Ask

_Word = Annotated[str, AfterValidator(clean)]


class Taken(BaseModel):
    """`have`: bytes of it that are here. `durable`: all are, and it is on record."""

    sha256: str
    have: int
    durable: bool


class About(BaseModel):
    """What is known of one without looking at it. `state`: kept, held, removed, damaged, missing,
    or awaited, which is named by an event and has not come."""

    model_config = ConfigDict(extra="allow")

    sha256: str
    state: str
    bytes: int
    content: str
    group: str
    profile: str
    floor_days: int
    ceiling_days: int


class Listed(BaseModel):
    media: list[About]
    next: str


class FixityBody(BaseModel):
    """`until` is empty while the turn is under way; `total`: files and bytes when it began."""

    since: str
    until: str
    files: int
    total: tuple[int, int]
    counts: dict[str, dict[str, int]]
    hurried: bool


class Done(BaseModel):
    sha256: str
    position: int


class Hold(BaseModel):
    model_config = ConfigDict(extra="forbid")

    case: Annotated[_Word, Field(min_length=1, max_length=64, description="Number of the case.")]
    reason: Annotated[_Word, Field(max_length=200)]
    until: str = Field(default="", max_length=64, description="RFC 3339; none: until released.")


class Release(BaseModel):
    model_config = ConfigDict(extra="forbid")

    case: Annotated[_Word, Field(min_length=1, max_length=64)]
    reason: Annotated[_Word, Field(max_length=200)]


class Removal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Annotated[_Word, Field(max_length=200)]


class AskQuery(BaseModel):
    """Why, for which unit, for whom: the log keeps it before the picture is shown."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    reason: Annotated[
        _Word,
        Field(
            max_length=200,
            description="A word such as `incident` stands in the log, anything else is sealed.",
        ),
    ]
    unit: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
        AfterValidator(clean),
        Field(description="Of who asked."),
    ]
    requester: Requester = Field(default="internal", alias="for")
    purpose: Annotated[_Word, Field(max_length=100, description="No names: it is not sealed.")] = ""
    event: Annotated[_Word, Field(max_length=512, description="Behind which it is asked.")] = ""
    export: bool = Field(default=False, description="As a file that leaves the house.")

    def ask(self) -> Ask:
        return Ask(
            reason=self.reason,
            unit=self.unit,
            requester=self.requester,
            purpose=self.purpose,
            event_id=self.event,
        )


class AskBody(AskQuery):
    """What does not stand in the address does not stand in the logs of proxies."""

    person: Annotated[_Word, Field(max_length=100, description="Who asked; sealed.")] = ""

    def ask(self) -> Ask:
        return msgspec.structs.replace(super().ask(), person=self.person)
