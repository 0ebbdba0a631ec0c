"""A gateway that decides: the rig of fix_edge with a gate, policies signed by its hub, words to
doors kept instead of sent."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from core.clock import rfc3339
from core.command import Command, Verb
from core.command import sign as sign_command
from core.policy import passes
from core.policy.document import Credential, Grant, Group, Person, Plate, Policy, digest
from core.policy.passes import Pass
from core.policy.signed import sign_document
from core.site import Area, Door, Site
from edge.gate import memory as memories
from edge.gate.gate import Gate
from edge.gate.items import Document, GateItem, Order, Tick
from edge.gate.keeper import Keeper
from edge.gate.opening import Opening
from edge.hubkeys import HubKeys
from tests.fix_core import START, FixedClock, signer_of
from tests.fix_edge import COMPOUND, GATEWAY, HUB_KEY, EdgeRig, Payload

SALT = "5a" * 16
HUB = signer_of(1)
CARD, OTHER_CARD, PLATE = "E9F35959", "0012345678", "粤B12345"
RESIDENT = "s:" + "1" * 32
SITE = Site(
    areas={"compound": Area(antipassback="hard")},
    doors={
        "south-gate": Door(title="South gate"),
        "garage": Door(kind="barrier", command="barriers/garage/do"),
    },
)


def policy(version: int = 1, **changed: Any) -> Policy:
    """One resident with a card, and a white plate."""
    made = Policy(
        compound=COMPOUND,
        version=version,
        issued=rfc3339(START - timedelta(days=1)),
        salt=SALT,
        site=SITE,
        groups={"residents": Group(grants=(Grant(),))},
        persons=(
            Person(
                ref=RESIDENT,
                groups=("residents",),
                credentials=(Credential(kind="card", hash=digest(SALT, "card", CARD)),),
            ),
        ),
        plates=(Plate(hash=digest(SALT, "plate", PLATE), list="white"),),
    )
    return msgspec.structs.replace(made, **changed)


def document(version: int = 1, **changed: Any) -> Document:
    return Document(sign_document(policy(version, **changed), HUB))


def visitor(**changed: Any) -> str:
    """The text of a pass for the day of the tests."""
    begin = int(START.timestamp())
    made = Pass(id="ab" * 8, compound=COMPOUND, nbf=begin - 3600, exp=begin + 86_400)
    return passes.issue(HUB, msgspec.structs.replace(made, **changed))


def order(verb: Verb, target: str = "door/south-gate", number: int = 1, **changed: Any) -> Order:
    at: datetime = changed.pop("at", START)
    made = Command(
        id=f"hub:command:{number}",
        verb=verb,
        compound=COMPOUND,
        gateway=GATEWAY,
        target=target,
        issued=rfc3339(at),
        until=rfc3339(at + timedelta(seconds=10)),
        actor="chief",
        args=changed.pop("args", {}),
    )
    return Order(verb, sign_command(msgspec.structs.replace(made, **changed), HUB))


def request(
    record: int, *, card: str = CARD, at: datetime | None = START, device: str = "reader-1",
    subject: str = "door/south-gate", direction: str = "in", **data: Any,
) -> Payload:  # fmt: skip
    told = {"credential": "card", "direction": direction, **data}
    if told["credential"] == "card":
        told["cardNo"] = card
    return fact("access.requested.v1", record, device=device, subject=subject, at=at, data=told)


def fact(
    kind: str, record: int, *, data: dict[str, Any] | None = None, at: datetime | None = START,
    device: str = "reader-1", subject: str = "door/south-gate",
) -> Payload:  # fmt: skip
    envelope = {
        "specversion": "1.0",
        "id": f"{device}-{record}",
        "source": f"/devices/{device}",
        "type": kind,
        "subject": subject,
        "data": data or {},
    }
    if at is not None:
        envelope["time"] = rfc3339(at)
    return f"site/access/{device}", json.dumps(envelope, ensure_ascii=False).encode()


class GateRig(EdgeRig):
    """`said`: the words to doors, in the order of steps."""

    def __init__(self, folder: Path, clock: FixedClock) -> None:
        self.said: list[Opening] = []
        super().__init__(folder, clock)

    def gate_of_this_life(self) -> Gate:
        with self.journal.reading() as c:
            memory = memories.load(c)
        self.gate = Gate(
            compound=COMPOUND,
            gateway=GATEWAY,
            hub_keys=HubKeys(self.folder, HUB_KEY),
            keeper=Keeper(self.folder, HubKeys(self.folder, HUB_KEY), COMPOUND),
            memory=memory,
            now=self.clock.now(),
        )
        return self.gate

    def say(self, word: Opening) -> None:
        self.steps.append(f"say {word.topic}")
        self.said.append(word)

    def ask(self, *items: GateItem | Payload) -> None:
        """One group, in this order."""
        self.intake.take([
            self.delivery(one) if isinstance(one, tuple) else one for one in items
        ])  # fmt: skip

    def tick(self, **passed: float) -> None:
        self.clock.move(timedelta(**passed))
        self.intake.take([Tick()])

    def words(self) -> list[dict[str, str]]:
        return [json.loads(one.payload) for one in self.said]
