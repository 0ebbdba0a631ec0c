"""The gateway as a process of its own: devices at its endpoint (mosquitto's tools), the hub's
orders through a real broker."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue

import pytest

from core import topics
from core.policy.signed import sign_document
from tests.fix_broker import PATIENCE, Mosquitto, client, eventually, tail
from tests.fix_core import signer_of
from tests.fix_edge import COMPOUND, GATEWAY, EdgeProcess, Payload
from tests.fix_gate import HUB, document, fact, order, policy, request
from tests.fix_ports import free_port

_PUB, _SUB = shutil.which("mosquitto_pub"), shutil.which("mosquitto_sub")
USER, PASSWORD = "panel", "correct horse"
pytestmark = pytest.mark.skipif(not (_PUB and _SUB), reason="mosquitto's tools are not here")


class Place:
    """A gateway with an endpoint, its uplink's broker, and the hub's hand on that broker."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.port = free_port()
        self.folder = folder / "edge"
        self.folder.mkdir()
        (self.folder / "panel.password").write_text(PASSWORD)
        config = self.folder / "edge.toml"
        config.write_text(
            f'compound = "{COMPOUND}"\ngateway = "{GATEWAY}"\ndata = "."\nhealth_s = 3600\n'
            f"[endpoint]\nport = {self.port}\n"
            f'[endpoint.clients.{USER}]\npassword_file = "panel.password"\n'
            f'[uplink]\nhub_key = "{HUB.public.hex()}"\n[uplink.broker]\nport = {broker.port}\n'
        )
        self.edge = EdgeProcess(config)
        self.edge.start()
        self.hub = client(broker, "hub", "hub")
        self.hub.connect("127.0.0.1", broker.port)
        self.hub.loop_start()
        self.births: Queue[bytes] = Queue()
        self.hub.on_message = lambda _c, _u, message: self.births.put(bytes(message.payload))
        self.hub.subscribe(topics.topic(COMPOUND, GATEWAY, topics.BIRTH), 1)
        self.births.get(timeout=PATIENCE)

    def send(self, verb: str, frame: bytes, *, retain: bool = False) -> None:
        topic = topics.topic(COMPOUND, GATEWAY, f"{topics.COMMAND}/{verb}")
        self.hub.publish(topic, frame, 1, retain).wait_for_publish(PATIENCE)

    def device(self, message: Payload) -> None:
        assert _PUB is not None
        topic, payload = message
        subprocess.run(
            [_PUB, *self._login(), "-q", "1", "-t", topic, "-s"],
            input=payload, check=True, timeout=PATIENCE,
        )  # fmt: skip

    def _login(self) -> list[str]:
        return ["-p", str(self.port), "-u", USER, "-P", PASSWORD]

    def listener(self, topic: str) -> "subprocess.Popen[bytes]":
        assert _SUB is not None
        found = subprocess.Popen(
            ["stdbuf", "-oL", _SUB, *self._login(), "-q", "1", "-t", topic, "-v", "-d", "-C", "1",
             "-W", str(int(PATIENCE))],
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert found.stdout is not None
        while b"Subscribed" not in (line := found.stdout.readline()):
            assert line, "it ended"
        return found

    def types(self, *kinds: str) -> list[str]:
        return [event.type for event in self.edge.events(*kinds)]

    def until(self, kind: str, count: int = 1) -> None:
        eventually(lambda: len(self.types(kind)) >= count)

    def close(self) -> None:
        self.edge.kill()
        self.hub.loop_stop()
        self.hub.disconnect()
        print(tail(self.edge.log))


@pytest.fixture
def place(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Place]:
    made = Place(tmp_path, mosquitto)
    yield made
    made.close()


def now() -> datetime:
    return datetime.now(UTC)


def heard(listening: "subprocess.Popen[bytes]") -> tuple[str, dict[str, str]]:
    out, _ = listening.communicate(timeout=PATIENCE)
    line = next(one for one in out.decode().splitlines() if '"command"' in one)
    topic, _, payload = line.partition(" ")
    return topic, json.loads(payload)


def current() -> bytes:
    """In force now; the tests' own document begins later than the machine's clock may say."""
    return sign_document(policy(), HUB)


def test_a_card_at_the_reader_opens_the_door(place: Place) -> None:
    place.send("policy", current(), retain=True)
    place.until("policy.adopted.v1")
    listening = place.listener(f"cmd/{USER}/#")
    place.device(request(1, at=now()))
    topic, word = heard(listening)
    assert (topic, word["device"]) == (f"cmd/{USER}/open", "reader-1")
    (granted,) = place.edge.events("access.granted.v1")
    assert word["id"] == granted.id


def test_an_order_of_the_hub_opens_the_door(place: Place) -> None:
    place.send("policy", current(), retain=True)
    place.until("policy.adopted.v1")
    told = fact("door.closed.v1", 1, device="south-gate", at=now())
    place.device(told)  # so it is known as whom the door is signed in
    listening = place.listener(f"cmd/{USER}/#")
    one = order("open", at=now())
    place.send("open", one.frame)
    topic, word = heard(listening)
    assert (topic, word["command"], word["door"]) == (
        f"cmd/{USER}/open", "open", "door/south-gate",
    )  # fmt: skip
    place.send("open", one.frame)
    place.until("command.done.v1")
    (granted,) = place.edge.events("access.granted.v1")
    assert word["id"] == granted.id
    assert len(place.types("command.done.v1")) == 1


def test_a_forged_policy_changes_nothing(place: Place) -> None:
    place.send("policy", sign_document(policy(9), signer_of(2)), retain=True)
    place.until("policy.refused.v1")
    place.device(request(1, at=now()))
    place.until("access.denied.v1")
    assert not place.types("policy.adopted.v1", "access.granted.v1")
    assert not (place.folder / "policy.signed").exists()


def test_killed_it_knows_who_is_in_and_what_is_due(place: Place) -> None:
    place.send("policy", document().frame, retain=True)
    place.until("policy.adopted.v1")
    place.device(request(1, at=now()))
    place.device(fact("door.opened.v1", 2, at=now()))
    place.until("door.opened.v1")
    place.edge.kill()
    place.edge.start()
    place.device(request(3, at=now()))
    place.until("access.denied.v1")
    (denied,) = place.edge.events("access.denied.v1")
    assert denied.data.reason == "anti-passback"  # type: ignore[attr-defined]


def test_what_was_asked_long_ago_opens_nothing(place: Place) -> None:
    place.send("policy", current(), retain=True)
    place.until("policy.adopted.v1")
    place.device(request(1, at=now() - timedelta(seconds=11)))
    place.until("access.denied.v1")
    assert not place.types("access.granted.v1")
