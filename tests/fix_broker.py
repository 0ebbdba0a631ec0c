"""Real brokers on loopback: the nats-server of the box with the box's own configuration, and
mosquitto where there is one. Stopped by pid; the ends of their logs show when a test fails."""

import queue
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from infra.box import broker as embedded
from infra.box import layout
from infra.box.layout import GATEWAY, Box, Ports
from tests.fix_ports import free_port

PATIENCE = 60.0  # seconds; what is there sooner costs none of them
LONG = 4 * PATIENCE  # for all that a load has left behind
COMPOUND = "c01"
_MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
_T = TypeVar("_T")


def eventually(look: Callable[[], _T], within: float = PATIENCE) -> _T:
    """What `look` finds, once it is true; the test fails if that takes too long."""
    until = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < until, f"did not happen within {within:.0f} s"
        time.sleep(0.02)
    return found


class Endpoint(Protocol):
    """Where devices and gateways connect."""

    @property
    def port(self) -> int: ...
    def login(self, user: str) -> tuple[str, str]:
        """Name and password; empty where the broker asks for none."""
        ...


class Broker(Endpoint, Protocol):
    """One that the test may stop and start again."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


class _Server:
    """One process that listens on `port`."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self.port = port
        self._command, self._log = command, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        eventually(self._answers)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, tail(self._log)
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class Nats(_Server):
    """As `menwei run` starts it, with an account for devices; the gateway's session is open
    before any device comes."""

    def __init__(self, folder: Path) -> None:
        ports = Ports(http=free_port(), mqtt=free_port(), uplink=free_port(), broker=free_port())
        self.box = Box(folder=folder, compounds=(COMPOUND,), ports=ports)
        layout.write(self.box, {}, health_s=3600)
        config = embedded.write(self.box, self.box.compounds)
        # What was not acknowledged comes again after one second, not five: tests wait for it.
        text = config.read_text()
        assert 'ack_wait: "5s"' in text
        config.write_text(text.replace('ack_wait: "5s"', 'ack_wait: "1s"'))
        command = [embedded.program(), "-c", str(config)]
        super().__init__(command, ports.uplink, self.box.broker / "nats.log")
        self._primed = False

    def start(self) -> None:
        super().start()
        if not self._primed:
            self._prime()
            self._primed = True

    def _prime(self) -> None:
        """Opens the gateway's durable session: what is acknowledged from now on waits for it."""
        session = client(self, f"intake-{COMPOUND}", f"{COMPOUND}-{GATEWAY}", clean=False)
        granted: list[int] = []
        session.on_connect = lambda one, *_: one.subscribe("#", qos=1)
        session.on_subscribe = lambda *_: granted.append(1)
        session.connect("127.0.0.1", self.port)
        session.loop_start()
        eventually(lambda: granted)
        session.disconnect()
        session.loop_stop()

    def login(self, user: str) -> tuple[str, str]:
        return user, self.box.password(user)


class Mosquitto(_Server):
    """Open to everybody, nothing on disk, and windows as wide as the box's."""

    def __init__(self, folder: Path) -> None:
        port, log = free_port(), folder / "mosquitto.log"
        config = folder / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nlog_dest stdout\n"
            "max_inflight_messages 2048\nmax_queued_messages 100000\npersistence false\n"
        )
        assert _MOSQUITTO is not None
        super().__init__([_MOSQUITTO, "-c", str(config)], port, log)

    def login(self, user: str) -> tuple[str, str]:
        return "", ""


def client(broker: Endpoint, user: str, name: str = "", *, clean: bool = True) -> paho.Client:
    """Not connected yet; an empty name is given one by the broker."""
    made = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean, protocol=paho.MQTTv311
    )
    username, password = broker.login(user)
    if username:
        made.username_pw_set(username, password)
    made.reconnect_delay_set(min_delay=1, max_delay=1)
    return made


class Publisher:
    """A device that wants every message acknowledged and knows which were, by the numbers that
    `publish` gave them. Survives the broker."""

    def __init__(self, broker: Endpoint, name: str = "publisher") -> None:
        self.waited: list[float] = []  # seconds from publish to PUBACK
        self._sent: list[float] = []
        self._mids: dict[int, int] = {}
        self._came: queue.SimpleQueue[tuple[int, float]] = queue.SimpleQueue()
        self._acked: list[int] = []
        self._client = client(broker, f"devices-{COMPOUND}", name)
        self._client.max_inflight_messages_set(500)
        self._client.on_publish = lambda _c, _u, mid, *_: self._came.put((mid, time.monotonic()))
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        eventually(self._client.is_connected)

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> int:
        number = len(self._sent)
        self._sent.append(time.monotonic())
        self._mids[self._client.publish(topic, payload, qos=qos, retain=retain).mid] = number
        return number

    def acked(self) -> list[int]:
        """Numbers so far, in the order of the PUBACKs. Same thread as `publish`."""
        while not self._came.empty():
            mid, at = self._came.get()
            number = self._mids.pop(mid)
            self._acked.append(number)
            self.waited.append(at - self._sent[number])
        return self._acked

    def connected(self) -> bool:
        return self._client.is_connected()

    def settle(self, within: float = PATIENCE) -> None:
        """Returns when everything published has been acknowledged."""
        eventually(lambda: len(self.acked()) == len(self._sent), within)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def tail(path: Path, lines: int = 40) -> str:
    if not path.exists():
        return f"{path.name}: none"
    return f"--- {path}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def running(
    module: str, *arguments: str, log: Path, file_size: int | None = None
) -> "subprocess.Popen[bytes]":
    """`python -m module …` of this checkout, its output at the end of `log`."""

    def limit() -> None:
        if file_size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdout=said,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=Path(__file__).parents[1],
            preexec_fn=limit,
        )


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Nats]:
    """Started; its box lies in tmp_path/box."""
    server = Nats(tmp_path / "box")
    server.start()
    yield server
    server.kill()
    print(tail(server.box.broker / "nats.log"))


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    if _MOSQUITTO is None:
        pytest.skip("no mosquitto on this machine")
    server = Mosquitto(tmp_path)
    server.start()
    yield server
    server.kill()
    print(tail(tmp_path / "mosquitto.log"))


@pytest.fixture(params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> Broker:
    found: Broker = request.getfixturevalue(request.param)
    return found
