"""The simulator against a real broker: everything sent arrives, is acknowledged and is counted."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from core.errors import EnvironmentFault
from infra.simulate import publish
from infra.simulate.agenda import Timed
from infra.simulate.command import Options, simulate
from infra.simulate.compound import Compound
from infra.simulate.day import messages
from infra.simulate.publish import Settings, run
from infra.simulate.record import Record
from tests.fix_broker import PATIENCE, eventually
from tests.fix_ports import free_port

START = datetime(2026, 11, 20, 1, tzinfo=UTC)
_MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")

pytestmark = pytest.mark.skipif(_MOSQUITTO is None, reason="no mosquitto on this machine")


class Broker:
    """One mosquitto on a loopback port, stopped by its own process handle."""

    def __init__(self, folder: Path, *, password_file: Path | None = None) -> None:
        self.port = free_port()
        access = f"password_file {password_file}" if password_file else "allow_anonymous true"
        lines = (
            f"listener {self.port} 127.0.0.1",
            access,
            "log_dest none",
            "user root",
            "max_queued_messages 0",
        )  # a slow listener loses nothing
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert _MOSQUITTO is not None
        self._process = subprocess.Popen([_MOSQUITTO, "-c", self._config])
        eventually(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    started = Broker(tmp_path)
    started.start()
    yield started
    started.kill()


class Listener:
    """Subscribes to everything and keeps it."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, bytes]] = []
        ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="listener")
        self._client.on_message = self._hear
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("#", qos=1)
        assert ready.wait(PATIENCE)

    def _hear(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def stream(number: int) -> Iterator[Timed]:
    until = START + timedelta(seconds=number / 100)
    return messages(Compound(5, "c01"), START, until=until, rate=100)


def at_once(_at: datetime) -> bool:
    return True


def settings(broker: Broker, **more: object) -> Settings:
    return Settings(host="127.0.0.1", port=broker.port, **more)  # type: ignore[arg-type]


def test_all_messages_arrive_once_and_in_order(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_MEET_S", PATIENCE)
    listener = Listener(broker.port)
    totals = run(settings(broker), stream(3000), until=at_once, stop=threading.Event())
    eventually(lambda: len(listener.heard) >= 3000)
    listener.close()
    assert (totals.published, totals.acked) == (3000, 3000)
    assert listener.heard == [(timed.topic, timed.payload) for timed in stream(3000)]


def test_never_more_in_flight_than_allowed(broker: Broker) -> None:
    told: list[bool] = []
    sent = 0

    def fate(timed: Timed, *, acked: bool) -> None:
        told.append(acked)

    def counting(_at: datetime) -> bool:
        nonlocal sent
        assert sent - len(told) <= 7
        sent += 1
        return True

    run(settings(broker, in_flight=7), stream(500), until=counting, stop=threading.Event(),
        fate=fate)  # fmt: skip
    assert told == [True] * 500


def test_a_broker_that_dies_and_comes_back_costs_nothing(broker: Broker, tmp_path: Path) -> None:
    sent = 0
    restart = threading.Timer(1.0, broker.start)

    def until(_at: datetime) -> bool:
        nonlocal sent
        sent += 1
        if sent == 400:
            broker.kill()
            restart.start()
        return True

    file = tmp_path / "sent.jsonl"
    with Record(file) as record:
        totals = run(
            settings(broker), stream(1000), until=until, stop=threading.Event(), fate=record.note
        )
    restart.join()
    assert (totals.published, totals.acked) == (1000, 1000)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert all(line["acked"] for line in lines)
    assert Counter(b64decode(line["payload"]) for line in lines) == Counter(
        timed.payload for timed in stream(1000)
    )


@pytest.mark.timeout(60)
def test_without_a_broker_it_stops_when_told_and_owns_up(tmp_path: Path) -> None:
    absent = Broker(tmp_path)  # never started
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    lost: list[Timed] = []

    def fate(timed: Timed, *, acked: bool) -> None:
        assert not acked
        lost.append(timed)

    totals = run(settings(absent, in_flight=20), stream(100), until=at_once, stop=stop, fate=fate)
    assert (totals.published, totals.acked, len(lost)) == (20, 0, 20)


def test_a_refused_password_ends_the_run(tmp_path: Path) -> None:
    empty = tmp_path / "nobody"
    empty.write_text("")
    empty.chmod(0o600)
    guarded = Broker(tmp_path, password_file=empty)
    guarded.start()
    wrong = settings(guarded, username="sim", password="guess")
    try:
        with pytest.raises(EnvironmentFault, match="refuses us"):
            run(wrong, stream(10_000), until=at_once, stop=threading.Event())
        options = Options(mqtt=f"127.0.0.1:{guarded.port}", username="sim", rate=200.0)
        assert simulate(options) == 3
    finally:
        guarded.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_in_order(
    broker: Broker, tmp_path: Path, number: signal.Signals
) -> None:
    record = tmp_path / "sent.jsonl"
    program = (
        "import sys; from pathlib import Path; "
        "from infra.simulate.command import Options, simulate; "
        "sys.exit(simulate(Options(mqtt=sys.argv[1], rate=200.0, record=Path(sys.argv[2]))))"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", program, f"127.0.0.1:{broker.port}", record],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "MENWEI_MQTT_PASSWORD": ""},
    )
    with command:  # its pipe is closed also when it does not end
        try:
            eventually(lambda: record.exists() and record.read_bytes().count(b"\n") > 100)
            command.send_signal(number)
            said, _ = command.communicate(timeout=PATIENCE)
        finally:
            command.kill()
    count = record.read_bytes().count(b"\n")
    assert said == f"published {count}, acknowledged {count}\n"
    assert command.returncode == 0


def test_a_run_with_a_duration_takes_its_time_and_tells_real_times(broker: Broker) -> None:
    listener = Listener(broker.port)
    begun = datetime.now(UTC)
    options = Options(mqtt=f"127.0.0.1:{broker.port}", rate=400.0, duration=2.0)
    assert simulate(options) == 0
    took = datetime.now(UTC) - begun
    eventually(lambda: len(listener.heard) >= 800)
    listener.close()
    assert len(listener.heard) == 800
    assert took >= timedelta(seconds=1.9)
    natives = [json.loads(body) for topic, body in listener.heard if topic.startswith("site/")]
    told = [datetime.fromisoformat(body["time"]) for body in natives[32:]]
    assert told
    assert begun <= min(told) <= max(told) <= begun + took
