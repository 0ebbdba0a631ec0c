"""A replay at a real broker: whoever listens there hears what happened, marked as a replay; a
gateway beside them hears nothing of it. Fed to a gateway on purpose, it is late history: nothing
opens, sounds or switches (I9), and what the gateway has it does not take twice (I2)."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import paho.mqtt.client as paho
import pytest

from core.errors import ConfigError
from core.event import Event
from core.events.access import Granted
from core.events.door import Forced, Opened
from core.events.journal import Conflicted
from infra.replaying import command
from infra.replaying.command import replay
from infra.replaying.wish import Wish
from projections.alarms.row import Alarm
from projections.console import keys
from projections.safe_community.rows.doors import Door
from projections.safe_community.view import SAFE_COMMUNITY
from tests.fix_broker import COMPOUND, Mosquitto, Publisher, client, eventually
from tests.fix_broker import mosquitto as mosquitto
from tests.fix_core import signer_of
from tests.fix_edge import EdgeProcess, configured, native
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.console.test_screens import seen

PREFIX = "replay/incident-7"
_LAST = itertools.count(1)
CARD = {"credential": "card", "cardNo": "0012345678", "name": "张三"}


class Listener:
    """Hears everything at the broker."""

    def __init__(self, broker: Mosquitto) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        subscribed: list[int] = []
        self._client = client(broker, "listener")
        self._client.on_connect = lambda one, *_: one.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: subscribed.append(1)
        self._client.on_message = self._heard
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        eventually(lambda: subscribed)

    def _heard(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        if message.topic.startswith("replay/"):
            self.got.append((message.topic, json.loads(message.payload)))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def gateway(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[EdgeProcess]:
    made = EdgeProcess(configured(tmp_path / "edge", mosquitto, signer_of(9).public))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def devices(mosquitto: Mosquitto) -> Iterator[Publisher]:
    made = Publisher(mosquitto, "devices")
    yield made
    made.close()


@pytest.fixture
def listener(mosquitto: Mosquitto) -> Iterator[Listener]:
    made = Listener(mosquitto)
    yield made
    made.close()


def lived(gateway: EdgeProcess, devices: Publisher, rig: HubRig) -> int:
    """A door is passed with a card, opens, and is forced; the hub has it all. How many events."""
    for message in (
        native(1, type="access.granted.v1", data=CARD),
        native(2),
        native(3, type="door.forced.v1", data={}),
    ):
        devices.publish(*message)
    devices.settle()
    events = eventually(lambda: found if len(found := gateway.events()) >= 3 else None)
    assert events is not None
    rig.add(events)
    rig.settle()
    return len(events)


def wished(rig: HubRig, broker: Mosquitto, **more: Any) -> Wish:
    return Wish(data=rig.folder, mqtt=f"127.0.0.1:{broker.port}", prefix=PREFIX, **more)


def taken(gateway: EdgeProcess, devices: Publisher) -> list[Event]:
    """What its journal holds once everything sent before this was dealt with."""
    last = f"last-{next(_LAST)}"
    devices.publish(*native(99, device=last))
    devices.settle()
    eventually(lambda: any(one.source.endswith(f"/{last}") for one in gateway.events()))
    return [one for one in gateway.events() if "/last-" not in one.source]


def fed(heard: list[tuple[str, dict[str, Any]]], devices: Publisher) -> None:
    """Somebody takes the replay for devices after all."""
    for topic, body in heard:
        devices.publish(topic.removeprefix(f"{PREFIX}/"), json.dumps(body).encode())
    devices.settle()


def test_a_gateway_beside_it_takes_nothing_of_it(
    gateway: EdgeProcess,
    devices: Publisher,
    listener: Listener,
    hub_rig: HubRig,
    mosquitto: Mosquitto,
    capsys: pytest.CaptureFixture[str],
) -> None:
    count = lived(gateway, devices, hub_rig)
    before, head = gateway.events(), hub_rig.log.head()
    assert replay(wished(hub_rig, mosquitto)) == 0
    assert f"published {count}, acknowledged {count}" in capsys.readouterr().out
    eventually(lambda: len(listener.got) == count)
    assert taken(gateway, devices) == before
    assert hub_rig.log.head() == head
    topics = [topic for topic, _ in listener.got]
    assert topics == [
        f"{PREFIX}/site/access/door-07",
        f"{PREFIX}/site/door/door-07",
        f"{PREFIX}/site/door/door-07",
    ]
    bodies = [body for _, body in listener.got]
    assert {body["origin"] for body in bodies} == {"replay"}
    assert [body["id"] for body in bodies] == [one.id for one in before]
    assert not any("sequence" in body for body in bodies)
    assert "ct" in bodies[0]["data"]["pii"]
    told = json.dumps(bodies, ensure_ascii=False)
    assert CARD["cardNo"] not in told
    assert CARD["name"] not in told


def test_fed_to_the_gateway_it_came_from_nothing_is_there_twice(
    gateway: EdgeProcess,
    devices: Publisher,
    listener: Listener,
    hub_rig: HubRig,
    mosquitto: Mosquitto,
) -> None:
    """Whoever is referred to by a key stands beside the first, in conflict; it is no passage."""
    count = lived(gateway, devices, hub_rig)
    before = hub_rig.runner.rows(SAFE_COMMUNITY.name, COMPOUND)[1]
    assert replay(wished(hub_rig, mosquitto)) == 0
    eventually(lambda: len(listener.got) == count)
    fed(listener.got, devices)
    more = taken(gateway, devices)[count:]
    assert [(type(one.data), one.origin) for one in more] == [(Conflicted, "replay")]
    hub_rig.add(more)
    hub_rig.settle()
    after = hub_rig.runner.rows(SAFE_COMMUNITY.name, COMPOUND)[1]
    for kind in ("recent", "minute", "door"):
        assert after.get(kind) == before.get(kind)
    assert [one.partition(":")[0] for one in rings(hub_rig)] in ([], ["door.forced"])


def test_fed_to_a_gateway_that_never_heard_of_it_it_is_late_history(
    gateway: EdgeProcess,
    devices: Publisher,
    listener: Listener,
    hub_rig: HubRig,
    mosquitto: Mosquitto,
    tmp_path: Path,
) -> None:
    lived_elsewhere = [
        hub_rig.event(data, "door/door-07", at=hub_rig.clock.now())
        for data in (Granted(credential="card"), Opened(), Forced())
    ]
    hub_rig.add(lived_elsewhere)
    hub_rig.settle()
    assert rings(hub_rig)
    assert replay(wished(hub_rig, mosquitto)) == 0
    eventually(lambda: len(listener.got) == 3)
    fed(listener.got, devices)
    found = taken(gateway, devices)
    assert [(one.id, one.origin) for one in found] == [
        (one.id, "replay") for one in lived_elsewhere
    ]
    (tmp_path / "second").mkdir()
    second = HubRig(tmp_path / "second")
    second.add(found)
    second.settle()
    rows = second.runner.rows(SAFE_COMMUNITY.name, COMPOUND)[1]
    assert [row.late for row in rows["alarm"].values() if isinstance(row, Alarm)] == [True]
    assert [row.physical for row in rows["door"].values() if isinstance(row, Door)] == ["unknown"]
    assert not rows.get("timer")
    assert rings(second) == []
    second.close()


def rings(rig: HubRig) -> list[str]:
    """Alarms that sound on the desk now."""
    return [alarm for _, alarm in keys.told(seen(rig))["ring"]]


def test_it_can_be_stopped_and_gone_on_with(
    gateway: EdgeProcess,
    devices: Publisher,
    listener: Listener,
    hub_rig: HubRig,
    mosquitto: Mosquitto,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lived(gateway, devices, hub_rig)
    left = iter([True, True])
    monkeypatch.setattr(command, "timed", lambda *_: lambda _at: next(left, False))
    assert replay(wished(hub_rig, mosquitto)) == 0
    monkeypatch.undo()
    found = capsys.readouterr()
    assert "published 2, acknowledged 2" in found.out
    assert "go on with --from 1.2 --to 1" in found.err
    assert replay(wished(hub_rig, mosquitto, since="1.2", until="1")) == 0
    eventually(lambda: len(listener.got) == 3)
    assert [body["index"] for _, body in listener.got] == [0, 1, 2]


def test_only_some_types_and_none_where_nobody_may_go(
    gateway: EdgeProcess,
    devices: Publisher,
    listener: Listener,
    hub_rig: HubRig,
    mosquitto: Mosquitto,
) -> None:
    lived(gateway, devices, hub_rig)
    assert replay(wished(hub_rig, mosquitto, types=("door.forced",))) == 0
    eventually(lambda: listener.got)
    assert [body["type"] for _, body in listener.got] == ["door.forced.v1"]
    before = taken(gateway, devices)
    for prefix in ("site", "site/x", "menwei/v1/c01/gw01", "cmd", "$SYS", "frigate/x"):
        with pytest.raises(ConfigError, match="--prefix"):
            replay(msgspec.structs.replace(wished(hub_rig, mosquitto), prefix=prefix))
    assert taken(gateway, devices) == before


def test_a_broker_that_refuses_us(hub_rig: HubRig, tmp_path: Path) -> None:
    hub_rig.add([hub_rig.event(Opened(), "door/1")])
    wish = Wish(data=hub_rig.folder, mqtt="127.0.0.1:1", prefix=PREFIX, username="x",
                password_file=tmp_path / "missing")  # fmt: skip
    with pytest.raises(ConfigError, match="--password-file"):
        replay(wish)
