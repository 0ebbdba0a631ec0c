"""A hub's people's side without a network: what would be sent to gateways is kept in a list."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import pytest

from core.broker import Credentials
from core.event import Event, Personal
from core.events.key import Enrolled
from core.keyhistory import KeyHistory
from core.keys import Signer
from core.trust import Gateway, Trust
from infra.hub.config import Config, Settings
from infra.hub.people import HubPeople
from infra.hub.stores import Stores
from tests.fix_hub import HubRig

CARD, PLATE, PHONE, VISITOR = "E9F35959", "粤B12345", "13912345678", "李访客"
POLICY = """\
compound = "c01"

[areas.compound]
[doors.south-gate]
credentials = ["card", "qr", "face"]
[doors.garage]
kind = "barrier"
credentials = ["plate"]

[groups.residents]
grants = [{ areas = ["compound"] }]

[[persons]]
id = "e-7-wang"
kind = "employee"
class = "staff"
groups = ["residents"]
credentials = [{ kind = "card", number = "E9F35959", pin = "2580" }]

[[persons]]
id = "r-3-2-502"
groups = ["residents"]
credentials = [{ kind = "card", number = "0A0B0C0D" }]

[[plates]]
plate = "粤B12345"
list = "white"
person = "r-3-2-502"
"""
LISTED = """
[[listed]]
person = "r-3-2-502"
reason = "court order"
basis = "case 2026-117"
until = 2030-12-31
action = "deny"
"""
Sent = tuple[str, str, str, bytes, bool]


class Wire:
    """In the place of HubLink."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.full = False

    def send(self, compound: str, gateway: str, verb: str, payload: bytes, *, retain: bool) -> bool:
        if self.full:
            return False
        self.sent.append((compound, gateway, verb, payload, retain))
        return True

    def last(self, verb: str) -> bytes:
        return [one[3] for one in self.sent if one[2] == verb][-1]


class PeopleRig:
    """`hub` with `people`; `again` is the next start of its process."""

    def __init__(self, hub: HubRig) -> None:
        self.hub = hub
        self.wire = Wire()
        self.signer = Signer.load_or_create(hub.folder / "hub.key")
        self.history = KeyHistory()
        root = Enrolled(role="hub", key=self.signer.public.hex(), since=1)
        assert not self.history.told(1, "", self.signer.public, root)
        self.before: Callable[[Sequence[Event]], None] | None = None  # an append is done
        self.after: Callable[[], None] | None = None
        self.people = self.again()
        hub.desk = msgspec.structs.replace(hub.desk, people=self.people)

    def again(self) -> HubPeople:
        hub = self.hub
        gateways = tuple(
            Gateway(compound="c01", name=name, key=f"{number:064x}")
            for number, name in enumerate(("gw01", "gw02"))
        )
        config = Config(data=".", gateways=(*gateways, _elsewhere()))
        settings = Settings(
            path=hub.folder / "hub.toml",
            config=config,
            folder=hub.folder,
            broker=Credentials(),
            store=hub.folder / "log.db",
            rules=hub.folder / "rules.toml",
        )
        stores = Stores(
            log=hub.log,
            runner=hub.runner,
            late=hub.late,
            own=hub.own,
            signer=self.signer,
            trust=Trust(self.history),
            ingest=hub.ingest,
            history=None,
            pictures=hub.index,
            register=hub.register,
        )
        names = {"c01": ["gw01", "gw02"], "c02": ["gw01"]}
        made = HubPeople(
            settings, stores, self.signer, hub.keys, hub.clock, self.wire, self._append, names
        )
        made.policies.start()
        return made

    def _append(self, events: Sequence[Event], personal: Mapping[str, Personal]) -> int:
        if self.before is not None:
            self.before(events)
        position = self.hub.own.append(events, personal)
        if self.after is not None:
            self.after()
        return position


def _elsewhere() -> Gateway:
    return Gateway(compound="c02", name="gw01", key=f"{9:064x}")


@pytest.fixture
def people_rig(hub_rig: HubRig) -> PeopleRig:
    return PeopleRig(hub_rig)
