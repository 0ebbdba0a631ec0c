"""The device hop against real brokers, nats-server and mosquitto: acknowledged means stored."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import tasks
from core.broker import Broker as BrokerSettings
from core.events.device import Rejected, SessionClosed, SessionOpened
from edge import mqtt
from edge.delivery import Answer, Delivery
from edge.mqtt import DeviceLink
from tests.fix_broker import (
    COMPOUND,
    PATIENCE,
    Broker,
    Mosquitto,
    Nats,
    Publisher,
    eventually,
    running,
)
from tests.fix_core import signer_of
from tests.fix_edge import GATEWAY, EdgeProcess, configured, face, native


def acknowledge(delivery: Delivery) -> None:
    delivery.link.settle([(delivery.packet, Answer.STORED)])


class Listening:
    """A DeviceLink whose deliveries the test acknowledges; a loop and a thread of its own."""

    def __init__(self, broker: Broker, port: int = 0) -> None:
        self.got: list[Delivery] = []
        user, password = broker.login(f"intake-{COMPOUND}")
        settings = BrokerSettings(port=port or broker.port, username=user)
        self.link = DeviceLink(settings, password, ("#",), f"{COMPOUND}-{GATEWAY}", self.got.extend)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        eventually(lambda: self.link.connected)

    def _run(self) -> None:
        self._task = self._loop.create_task(self.link.run())
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.run_until_complete(asyncio.sleep(0.3))  # what was written goes out, and is read
        self._loop.close()

    def stop(self) -> None:
        """Safe to call twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join()

    def payloads(self) -> list[bytes]:
        return [delivery.payload for delivery in self.got]

    def has(self, count: int) -> bool:
        return len(self.got) >= count


@pytest.fixture
def listen(broker: Broker) -> Iterator[Callable[..., Listening]]:
    opened: list[Listening] = []

    def listen(port: int = 0) -> Listening:
        opened.append(Listening(broker, port))
        return opened[-1]

    yield listen
    for one in opened:
        one.stop()


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    opened = Publisher(broker)
    yield opened
    opened.close()


Listen = Callable[..., Listening]


def test_what_was_not_acknowledged_comes_again(listen: Listen, publisher: Publisher) -> None:
    first = listen()
    for number in range(5):
        publisher.publish("site/a/b", b"%d" % number)
    eventually(lambda: first.has(5))
    for delivery in first.got[:3]:
        acknowledge(delivery)
    publisher.settle()
    first.stop()
    acknowledge(first.got[4])  # too late: there is no connection to acknowledge on

    second = listen()
    publisher.publish("site/a/b", b"new")
    eventually(lambda: len(set(second.payloads())) >= 3)  # the broker may say it again in time
    assert set(second.payloads()) == {b"3", b"4", b"new"}
    for delivery in second.got:
        acknowledge(delivery)
    second.stop()

    third = listen()
    publisher.publish("site/a/b", b"last")
    eventually(lambda: third.has(1))
    assert set(third.payloads()) == {b"last"}


class Line:
    """A TCP line to the broker that can be cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.connections = 0
        self._ends: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):  # closed by its other side
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._server.close()
        for end in self._ends:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [near, far]
            self.connections += 1
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket) -> None:
        with source:
            try:
                while block := source.recv(65536):
                    sink.sendall(block)
                sink.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def test_an_old_packet_id_is_never_acknowledged_on_a_new_connection(
    listen: Listen, broker: Broker, publisher: Publisher
) -> None:
    line = Line(broker.port)
    first = listen(line.port)
    for number in range(3):
        publisher.publish("site/a/b", b"%d" % number)
    eventually(lambda: first.has(3))
    old = list(first.got)
    line.cut()
    eventually(lambda: len(set(first.payloads()[len(old) :])) == 3)  # on a new connection
    assert set(first.payloads()) == {b"0", b"1", b"2"}
    for delivery in old:
        acknowledge(delivery)
    publisher.publish("site/a/b", b"marker")
    eventually(lambda: b"marker" in first.payloads())
    first.stop()

    second = listen()
    eventually(lambda: len(set(second.payloads())) == 4)
    assert set(second.payloads()) == {b"0", b"1", b"2", b"marker"}
    for delivery in second.got:
        acknowledge(delivery)
    line.close()


def test_a_lost_connection_is_made_again(listen: Listen, broker: Broker) -> None:
    line = Line(broker.port)
    one = listen(line.port)
    for turn in range(2):
        line.cut()
        eventually(lambda: line.connections == turn + 2)  # noqa: B023 - called at once
        eventually(lambda: one.link.connected)
    line.close()


class Flood:
    """A broker that sends QoS 0 messages as fast as they are taken, and counts what it hears."""

    def __init__(self) -> None:
        self.connections = self.pings = 0
        self.got: list[Delivery] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._ready = threading.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._thread.start()
        self._ready.wait(PATIENCE)

    def settle(self) -> None:
        for one in list(self.got):
            acknowledge(one)

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._writers[-1].transport.abort)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        settings = BrokerSettings(port=server.sockets[0].getsockname()[1])
        self.link = DeviceLink(settings, "", ("#",), "flooded", self.got.extend)
        running = asyncio.create_task(self.link.run())
        self._ready.set()
        await self._ended.wait()
        await tasks.end(running)
        server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        await reader.read(1000)
        writer.write(b"\x20\x02\x00\x00")
        await reader.read(1000)
        writer.write(b"\x90\x03\x00\x01\x00")
        flooding = asyncio.create_task(self._send(writer))
        with contextlib.suppress(ConnectionError):
            while heard := await reader.read(1000):
                self.pings += heard.count(b"\xc0\x00")
        await tasks.end(flooding)

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write((b"\x30\x32\x00\x01a" + bytes(47)) * 100)
                await writer.drain()


def test_a_broker_that_floods_is_made_to_wait_however_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt, "_KEEP_ALIVE", 1)
    monkeypatch.setattr(mqtt, "_UNSETTLED", (1000, 1_000_000))
    monkeypatch.setattr(mqtt, "_BACKOFF", (0.01, 0.01))
    flood = Flood()
    try:
        eventually(lambda: len(flood.got) == 1000)
        eventually(lambda: flood.pings >= 5)  # longer than it might have been silent
        assert (flood.connections, len(flood.got)) == (1, 1000)
        flood.cut()
        eventually(lambda: not flood.link.connected)
        flood.settle()  # only now there is room for a new connection
        eventually(lambda: flood.connections == 2 and len(flood.got) >= 1500)
        assert len(flood.got) <= 2000
    finally:
        flood.stop()


def test_what_is_recorded_by_the_agent(edge_process: EdgeProcess, publisher: Publisher) -> None:
    """QoS 0, QoS 1, nothing at all, rubbish and a person, as a device would send them."""
    edge_process.start()
    publisher.publish(*native(1), qos=0)
    publisher.publish(*native(2))
    publisher.publish(*native(2))
    publisher.publish("site/access/door-07", b"")
    publisher.publish("site/access/door-07", b"\xff\xfe{")
    publisher.publish(*face(9001))
    publisher.settle()
    eventually(lambda: len(edge_process.events(Rejected.TYPE)) == 2)
    eventually(lambda: len(edge_process.events()) == 3)
    assert edge_process.stop() == 0
    assert sorted(event.id for event in edge_process.events()) == [
        "door-07-1",
        "door-07-2",
        "hik:025e10aa0007:1:9001",
    ]
    reasons = [event.data for event in edge_process.events(Rejected.TYPE)]
    assert {one.reason for one in reasons if isinstance(one, Rejected)} == {"charset", "empty"}
    sessions = edge_process.events(SessionOpened.TYPE, SessionClosed.TYPE)
    assert [event.type for event in sessions] == [SessionOpened.TYPE, SessionClosed.TYPE]


def test_retained_state_makes_no_event_at_a_restart(
    edge_process: EdgeProcess, publisher: Publisher
) -> None:
    edge_process.start()
    publisher.publish(*native(1), retain=True)  # it happens now: an event
    publisher.settle()
    eventually(lambda: len(edge_process.events()) == 1)
    edge_process.kill()
    publisher.publish(*native(2), retain=True)  # happens while we are away: an event as well
    publisher.settle()
    for last in (3, 4):
        edge_process.start()
        publisher.publish(*native(last))
        publisher.settle()
        eventually(lambda last=last: len(edge_process.events()) >= last)  # type: ignore[misc]
        edge_process.kill()
    assert [event.id for event in edge_process.events()] == [f"door-07-{n}" for n in (1, 2, 3, 4)]


def test_what_devices_say_while_the_agent_is_away_waits(
    edge_process: EdgeProcess, publisher: Publisher
) -> None:
    edge_process.start()
    edge_process.kill()
    for record in range(300):
        publisher.publish(*native(record))
    publisher.settle()
    edge_process.start()
    eventually(lambda: len(edge_process.events()) == 300)


def test_a_disk_that_is_full_stops_the_agent_and_loses_nothing(
    nats_edge: EdgeProcess, nats: Nats
) -> None:
    """The journal may not grow: fatal, loudly, nothing acknowledged; with room, all comes."""
    publisher = Publisher(nats)
    nats_edge.start(file_size=120_000)
    sent = 0
    while nats_edge.alive() and sent < 5000:
        publisher.publish(*native(sent, device=f"door-{sent}"))
        sent += 1
        if sent % 50 == 0:
            publisher.settle()
    assert nats_edge.ended() == 70
    assert "CRITICAL menwei: stopped: " in nats_edge.said()
    publisher.settle()
    nats_edge.start()
    eventually(lambda: len(nats_edge.events()) == sent)
    assert len({event.source for event in nats_edge.events()}) == sent
    publisher.close()


def test_a_broker_that_is_not_there_yet(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.stop()
    edge = EdgeProcess(configured(tmp_path / "edge", mosquitto, signer_of(1).public))
    starting = threading.Thread(target=edge.start)
    starting.start()
    eventually(lambda: "uplink lost" in edge.said())
    mosquitto.start()
    starting.join(PATIENCE)
    publisher = Publisher(mosquitto)
    publisher.publish(*native(1))
    eventually(lambda: len(edge.events()) == 1)
    publisher.close()
    edge.kill()


def test_a_wrong_password_is_said(tmp_path: Path, nats: Broker) -> None:
    path = configured(tmp_path / "edge", nats, signer_of(1).public)
    (tmp_path / "edge" / "intake.password").write_text("guess")
    log = tmp_path / "edge.log"
    process = running("infra.cli", "edge", "--config", str(path), log=log)
    eventually(lambda: "refuses the connection: return code" in log.read_text())
    assert "guess" not in log.read_text()
    process.kill()
    process.wait(PATIENCE)


def test_two_agents_on_one_folder(nats_edge: EdgeProcess) -> None:
    nats_edge.start()
    second = EdgeProcess(nats_edge.folder / "edge.toml")
    second.start()
    assert second.ended() == 3
    assert "another menwei is running on this data folder. Stop it first." in second.said()
    assert nats_edge.alive()
