"""What concerns people by name, as the API and the console ask for it; the hub implements it.

Everything here blocks for a sync or a file: call it on a worker thread.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from core.command import Verb
from core.errors import MenweiError
from core.event import Event, Personal
from projections.web.accounts import Account

Picture = Literal["svg", "png"]
Key = Literal["subject", "person", "card", "plate"]


class Unfit(MenweiError):
    """What was asked for cannot be done as asked: 422. `errors` are plain sentences that name
    keys of the input, and nobody."""

    def __init__(self, said: str, errors: Sequence[str] = ()) -> None:
        super().__init__(said)
        self.errors = tuple(errors)


class Unheard(MenweiError):
    """There is no such pass, person or policy: 404."""


class Unready(MenweiError):
    """Not as things stand: 409."""


class PassWish(msgspec.Struct, frozen=True, kw_only=True):
    """`valid_from`, `valid_to`: RFC 3339. `doors` without their kind; none: every door. `host`: a
    person's reference, or that person's name or id in the policy's source."""

    valid_from: str
    valid_to: str
    doors: tuple[str, ...] = ()
    uses: int = 1
    host: str = ""
    plate: str = ""
    name: str = ""
    phone: str = ""


class PassMade(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass_id: str
    text: str  # of the QR code
    position: int


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """An order to a gateway. `target`: a subject such as door/south-gate. `gateway`: empty where
    the target or the compound has only one."""

    verb: Verb
    target: str
    args: Mapping[str, str] = {}
    reason: str = ""
    gateway: str = ""


class OrderMade(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`id` is the event's: the answer names it."""

    id: str
    gateway: str
    until: str
    position: int


class Publication(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`differences`: from the version before, in plain words and numbers, without names."""

    compound: str
    version: int
    sha256: str
    issued: str
    position: int = 0  # 0: not published, only looked at
    warnings: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    counts: Mapping[str, int] = {}
    gateways: tuple[str, ...] = ()  # that it is sent to


class People(Protocol):
    """Any thread. Raises Unfit, Unheard, Unready; HTTPException 503 while the log takes nothing."""

    def append(self, events: Sequence[Event], personal: Mapping[str, Personal]) -> int:
        """Durable; `personal` (event id → fields) is sealed into the events."""
        ...

    def publish(
        self, compound: str, account: Account, source: str, *, dry_run: bool
    ) -> Publication: ...

    def policy(self, compound: str) -> Publication | None:
        """The newest that was published."""
        ...

    def issue(self, compound: str, account: Account, wish: PassWish) -> PassMade: ...

    def revoke(self, compound: str, account: Account, pass_id: str, reason: str) -> int: ...

    def code(self, compound: str, pass_id: str) -> str:
        """The text of the pass's QR code."""
        ...

    def picture(self, text: str, form: Picture) -> bytes: ...

    def order(self, compound: str, account: Account, wish: Wish) -> OrderMade: ...

    def references(self, compound: str, key: Key, value: str) -> tuple[str, ...]:
        """Under which references the log may speak of this person or plate; none is known
        beforehand to be in it."""
        ...

    def names(self, compound: str, refs: Sequence[str]) -> Mapping[str, str]:
        """As the policy's source has them; of those it knows."""
        ...
