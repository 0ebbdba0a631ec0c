"""The endpoint over real sockets: paho, mosquitto's tools, TLS, an agent that dies."""

import asyncio
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import msgspec
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from core.errors import EnvironmentFault
from edge.delivery import Answer, Delivery
from edge.endpoint.config import Client, Endpoint, Resolved, resolve
from edge.endpoint.listener import Listener
from edge.endpoint.password import Password
from tests.fix_broker import PATIENCE, eventually
from tests.fix_endpoint import authority, certificate

_PUB, _SUB = shutil.which("mosquitto_pub"), shutil.which("mosquitto_sub")
mosquitto = pytest.mark.skipif(not (_PUB and _SUB), reason="mosquitto's tools are not here")


class Agent:
    """A listener on a loop of its own, and an intake that settles from another thread."""

    def __init__(self, settings: Resolved, *, settling: bool = True) -> None:
        self.delivered: list[Delivery] = []
        self.settling = threading.Event()
        self._arrived: SimpleQueue[Sequence[Delivery] | None] = SimpleQueue()
        self.listener = Listener(settings, self._arrived.put, lambda *_: None)
        self._loop = asyncio.new_event_loop()
        self._threads = [
            threading.Thread(target=one) for one in (self._loop.run_forever, self._run)
        ]
        if settling:
            self.settling.set()

    def start(self) -> "Agent":
        for one in self._threads:
            one.start()
        self._call(self.listener.start())
        return self

    def stop(self) -> None:
        self._call(self.listener.stop())
        self.halt()

    def halt(self) -> None:
        """As if killed: nothing is said to anybody."""
        self.settling.set()
        self._arrived.put(None)
        self._loop.call_soon_threadsafe(self._loop.stop)
        for one in self._threads:
            one.join(PATIENCE)
        self._loop.close()

    def drop(self) -> None:
        """Every connection cut, as a kernel does for a process that died."""

        def cut() -> None:
            assert self.listener._context is not None
            for member in list(self.listener._context.members):
                member._transport.abort()  # type: ignore[attr-defined]

        self._loop.call_soon_threadsafe(cut)

    def _call(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def _run(self) -> None:
        while (batch := self._arrived.get()) is not None:
            self.delivered += batch
            self.settling.wait()
            for one in batch:
                one.link.settle([(one.packet, Answer.STORED)])


Start = Callable[..., Agent]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Agent] = []

    def made(settings: Resolved | None = None, *, settling: bool = True, **changed: Any) -> Agent:
        base = Endpoint(anonymous=True, port=0, tls_port=0, publish=("#",), subscribe=("#",))
        if settings is None:
            settings = Resolved(endpoint=msgspec.structs.replace(base, **changed))
        running.append(Agent(settings, settling=settling).start())
        return running[-1]

    yield made
    for one in running:
        one.stop()


class Device:
    """paho, with what it was told."""

    def __init__(self, port: int, name: str, version: int = 4, **more: Any) -> None:
        protocol = paho.MQTTv311 if version == 4 else paho.MQTTv5
        if version == 4:
            more.setdefault("clean_session", True)
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=protocol, **more
        )
        self.messages: list[tuple[str, bytes]] = []
        self.acked: list[int] = []
        self.codes: list[str] = []
        self.client.on_message = lambda _c, _u, one: self.messages.append(
            (one.topic, bytes(one.payload))
        )
        self.client.on_publish = lambda _c, _u, mid, _r, _p: self.acked.append(mid)
        self.client.on_disconnect = lambda _c, _u, _f, why, _p: self.codes.append(str(why))
        self.client.reconnect_delay_set(1, 1)
        self.port = port

    def __enter__(self) -> "Device":
        self.client.connect("127.0.0.1", self.port)
        self.client.loop_start()
        eventually(self.client.is_connected)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_paho_publishes_and_subscribes(start: Start, version: int, qos: int) -> None:
    agent = start()
    with (
        Device(agent.listener.port, "pub", version) as pub,
        Device(agent.listener.port, "sub", version) as sub,
    ):
        told: list[int] = []
        sub.client.on_subscribe = lambda *_: told.append(1)
        sub.client.subscribe("site/#", qos)
        eventually(lambda: told)
        for n in range(100):
            pub.client.publish("site/a", b"%d" % n, qos)
        eventually(lambda: len(sub.messages) == 100)
        eventually(lambda: len(pub.acked) == 100)
    assert sub.messages == [("site/a", b"%d" % n) for n in range(100)]
    assert [one.payload for one in agent.delivered] == [b"%d" % n for n in range(100)]
    assert agent.listener.counters.refused == {}


@pytest.mark.parametrize("qos", [1, 2])
def test_no_acknowledgement_leaves_before_settle(start: Start, qos: int) -> None:
    agent = start(settling=False)
    with Device(agent.listener.port, "pub") as pub:
        pub.client.publish("site/a", b"1", qos)
        eventually(lambda: agent.delivered)
        time.sleep(0.3)  # long enough for one that is sent too early to arrive
        assert pub.acked == []
        agent.settling.set()
        eventually(lambda: pub.acked)


def test_what_was_not_acknowledged_when_the_agent_died_comes_again(start: Start) -> None:
    agent = start(settling=False)
    with Device(agent.listener.port, "pub", clean_session=False) as pub:
        for n in range(10):
            pub.client.publish("site/a", b"%d" % n, 1)
        eventually(lambda: len(agent.delivered) >= 1)
        agent.drop()
        agent.settling.set()
        eventually(lambda: len(pub.acked) == 10)
    assert {one.payload for one in agent.delivered} == {b"%d" % n for n in range(10)}


def test_the_agent_commands_a_device(start: Start) -> None:
    settings = Resolved(
        endpoint=Endpoint(port=0, clients={"door-1": Client(), "door-2": Client()}),
        passwords={"door-1": Password.from_text("one"), "door-2": Password.from_text("two")},
    )
    agent = start(settings)
    devices = []
    for name, word in (("door-1", "one"), ("door-2", "two")):
        device = Device(agent.listener.port, f"client-{name}")
        device.client.username_pw_set(name, word)
        devices.append(device)
    granted: list[Any] = []
    with devices[0] as mine, devices[1] as other:
        for one in (mine, other):
            one.client.on_subscribe = lambda _c, _u, _m, codes, _p: granted.extend(codes)
        mine.client.subscribe("cmd/door-1/#", 1)
        other.client.subscribe([("cmd/door-1/#", 1), ("cmd/door-2/#", 1)])
        eventually(lambda: len(granted) == 3)
        assert [code.is_failure for code in granted].count(True) == 1
        agent.listener.publish("cmd/door-1/open", b"now", expiry_s=5)
        eventually(lambda: mine.messages == [("cmd/door-1/open", b"now")])
        assert other.messages == []


def test_5_hears_why_it_was_too_large(start: Start) -> None:
    agent = start(max_packet=100_000)
    with Device(agent.listener.port, "pub", 5) as pub:
        pub.client.publish("t", bytes(3_000_000), 1)
        eventually(lambda: pub.codes)
    assert pub.codes[0] == "Packet too large"


def test_5_hears_that_the_agent_stops() -> None:
    base = Endpoint(anonymous=True, port=0)
    agent = Agent(Resolved(endpoint=base)).start()
    with Device(agent.listener.port, "pub", 5) as pub:
        agent.stop()
        eventually(lambda: pub.codes)
    assert pub.codes[0] == "Server shutting down"


def test_5_hears_why_it_is_refused(start: Start) -> None:
    agent = start(endpoint_with_password())
    told: list[str] = []
    device = paho.Client(CallbackAPIVersion.VERSION2, "x", protocol=paho.MQTTv5)
    device.username_pw_set("door-1", "wrong")
    device.on_connect = lambda _c, _u, _f, why, _p: told.append(str(why))
    device.connect("127.0.0.1", agent.listener.port)
    device.loop_start()
    eventually(lambda: told)
    device.disconnect()
    device.loop_stop()
    assert told[0] == "Bad user name or password"


def endpoint_with_password() -> Resolved:
    return Resolved(
        endpoint=Endpoint(port=0, clients={"door-1": Client()}),
        passwords={"door-1": Password.from_text("right")},
    )


def test_a_session_survives_its_connection(start: Start) -> None:
    agent = start()
    sub = Device(agent.listener.port, "sub", clean_session=False)
    with sub:
        sub.client.subscribe("cmd/#", 1)
        eventually(lambda: agent.listener._context and agent.listener._context.exchange.tree.count)
    eventually(lambda: agent.listener.counters.connections == 0)
    agent.listener.publish("cmd/x", b"waits", expiry_s=60)
    with Device(agent.listener.port, "sub", clean_session=False) as again:
        eventually(lambda: again.messages == [("cmd/x", b"waits")])
    assert sub.messages == []


def test_idle_connections_do_not_keep_a_device_out(start: Start) -> None:
    agent = start(max_waiting=50)
    idle = [socket.create_connection(("127.0.0.1", agent.listener.port)) for _ in range(400)]
    try:
        with Device(agent.listener.port, "pub") as pub:
            pub.client.publish("t", b"1", 1)
            eventually(lambda: pub.acked)
        eventually(lambda: agent.listener.counters.waiting <= 50)
    finally:
        for one in idle:
            one.close()


def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        base = Endpoint(anonymous=True, port=taken.getsockname()[1])
        listener = Listener(Resolved(endpoint=base), lambda _: None, lambda *_: None)
        with pytest.raises(EnvironmentFault, match="endpoint"):
            asyncio.run(listener.start())


@mosquitto
@pytest.mark.parametrize("version", ["311", "5"])
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_mosquittos_tools(start: Start, version: str, qos: str) -> None:
    agent = start()
    assert _PUB is not None
    assert _SUB is not None
    common = ["-h", "127.0.0.1", "-p", str(agent.listener.port), "-V", version, "-q", qos]
    with subprocess.Popen(
        [_SUB, *common, "-t", "site/#", "-C", "3", "-W", "60"], stdout=subprocess.PIPE
    ) as sub:
        eventually(lambda: agent.listener._context and agent.listener._context.exchange.tree.count)
        said = subprocess.run(
            [_PUB, *common, "-t", "site/a", "-l"], input=b"1\n2\n3\n", check=False, timeout=PATIENCE
        )
        out, _ = sub.communicate(timeout=PATIENCE)
    assert said.returncode == 0
    assert out.split() == [b"1", b"2", b"3"]
    assert [one.payload for one in agent.delivered] == [b"1", b"2", b"3"]


class TestTls:
    def settings(self, folder: Path, **more: Any) -> Resolved:
        ca = authority(folder, "ca")
        certificate(folder, "server", ca, "localhost")
        endpoint = Endpoint(
            plain=False,
            tls_port=0,
            cert_file="server.pem",
            key_file="server.key",
            publish=("site/{user}/#",),
            **more,
        )
        return resolve(folder / "edge.toml", "endpoint", endpoint)

    def test_a_password_over_tls(self, start: Start, tmp_path: Path) -> None:
        (tmp_path / "word").write_text("right")
        agent = start(self.settings(tmp_path, clients={"door-1": Client(password_file="word")}))
        device = Device(agent.listener.tls_port, "x")
        device.client.tls_set(str(tmp_path / "ca.pem"))
        device.client.tls_insecure_set(True)  # noqa: FBT003
        device.client.username_pw_set("door-1", "right")
        with device:
            for n in range(50):
                device.client.publish("site/door-1/a", bytes(n * 1000), 1)
            eventually(lambda: len(device.acked) == 50)
        assert [len(one.payload) for one in agent.delivered] == [n * 1000 for n in range(50)]

    def test_5_hears_why_it_was_too_large(self, start: Start, tmp_path: Path) -> None:
        (tmp_path / "word").write_text("right")
        clients = {"door-1": Client(password_file="word")}
        agent = start(self.settings(tmp_path, clients=clients, max_packet=100_000))
        device = Device(agent.listener.tls_port, "x", 5)
        device.client.tls_set(str(tmp_path / "ca.pem"))
        device.client.tls_insecure_set(True)  # noqa: FBT003
        device.client.username_pw_set("door-1", "right")
        with device:
            device.client.publish("site/door-1/a", bytes(3_000_000), 1)
            eventually(lambda: device.codes)
        assert device.codes[0] == "Packet too large"

    def test_who_speaks_no_tls_is_let_go(self, start: Start, tmp_path: Path) -> None:
        agent = start(self.settings(tmp_path, client_ca_file="ca.pem"))
        with socket.create_connection(("127.0.0.1", agent.listener.tls_port), PATIENCE) as plain:
            plain.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x")
            while plain.recv(100):
                pass
        eventually(lambda: agent.listener.counters.refused)
        assert agent.listener.counters.refused == {"tls": 1}
        eventually(lambda: agent.listener.counters.waiting == 0)

    def test_a_certificate_is_an_identity(self, start: Start, tmp_path: Path) -> None:
        agent = start(self.settings(tmp_path, client_ca_file="ca.pem"))
        certificate(tmp_path, "door-7", "ca", "door-7")
        device = Device(agent.listener.tls_port, "whatever")
        device.client.tls_set(
            str(tmp_path / "ca.pem"), str(tmp_path / "door-7.pem"), str(tmp_path / "door-7.key")
        )
        device.client.tls_insecure_set(True)  # noqa: FBT003
        with device:
            device.client.publish("site/door-7/a", b"1", 1)
            eventually(lambda: device.acked)
        assert [one.client for one in agent.delivered] == ["door-7"]

    @pytest.mark.parametrize("with_one", [False, True])
    def test_without_one_or_with_another_authoritys_there_is_no_connection(
        self, start: Start, tmp_path: Path, with_one: bool
    ) -> None:
        agent = start(self.settings(tmp_path, client_ca_file="ca.pem"))
        device = Device(agent.listener.tls_port, "x")
        cert, key = None, None
        if with_one:
            certificate(tmp_path, "forged", authority(tmp_path, "other"), "door-7")
            cert, key = str(tmp_path / "forged.pem"), str(tmp_path / "forged.key")
        device.client.tls_set(str(tmp_path / "ca.pem"), cert, key)
        device.client.tls_insecure_set(True)  # noqa: FBT003
        connected: list[object] = []
        device.client.on_connect = lambda *_: connected.append(1)
        try:
            device.client.connect("127.0.0.1", agent.listener.tls_port)
            device.client.loop_start()
            eventually(lambda: device.codes)
        except OSError:
            pass
        finally:
            device.client.loop_stop()
        assert connected == []
        eventually(lambda: agent.listener.counters.refused)
        assert agent.listener.counters.refused.keys() == {"tls"}  # paho may have tried it twice
        eventually(lambda: agent.listener.counters.waiting == 0)
