"""The camera worker as a process, with pictures made here, against a real broker."""

import hashlib
import queue
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import orjson
import pytest

from core.clock import parse_rfc3339
from core.events.camera import LineCrossed
from devices.adapter import Message, Site
from devices.native.decode import decode
from edge.camera.zones import Line, Zones, written
from tests.fix_broker import PATIENCE, Mosquitto, client, eventually, running, tail
from tests.fix_camera import clip, noisy, walking, yard
from tests.fix_edge import HUB_KEY, EdgeProcess
from tests.fix_ports import free_port

Event = dict[str, Any]
Start = Callable[[str], "subprocess.Popen[bytes]"]


class Heard:
    """Everything that is published under `site/`; each has been read as the gateway reads it."""

    def __init__(self, broker: Mosquitto) -> None:
        self._came: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._events: list[Event] = []
        self._granted: list[int] = []
        self._client = client(broker, "", "hearing")
        self._client.on_connect = lambda one, *_: one.subscribe("site/#", qos=1)
        self._client.on_subscribe = lambda *_: self._granted.append(1)
        self._client.on_message = lambda _c, _u, got: self._take(got.topic, bytes(got.payload))
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        eventually(lambda: self._granted)

    def _take(self, topic: str, payload: bytes) -> None:
        decode(Message(topic, payload), Site())
        self._came.put(orjson.loads(payload))

    def events(self, *types: str) -> list[Event]:
        while not self._came.empty():
            self._events.append(self._came.get())
        return [one for one in self._events if not types or one["type"] in types]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def heard(mosquitto: Mosquitto) -> Iterator[Heard]:
    found = Heard(mosquitto)
    yield found
    found.close()


@pytest.fixture
def start(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Start]:
    """`start(cameras)`: their tables; the rest is the same for all."""
    began: list[subprocess.Popen[bytes]] = []

    def start(cameras: str) -> "subprocess.Popen[bytes]":
        config = tmp_path / "camera.toml"
        config.write_text(
            f'data = "gw"\nhealth_s = 1\n[gateway]\nport = {mosquitto.port}\n{cameras}'
        )
        log = tmp_path / "worker.log"
        began.append(running("infra.cli", "camera", "--config", str(config), log=log))
        return began[-1]

    yield start
    for one in began:
        one.kill()
        one.wait(PATIENCE)
    print(tail(tmp_path / "worker.log"))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Somebody walks through, and the yard is empty again."""
    images = [*walking([(-20, 200, 6, 0)], 80, empty=20)]
    return clip(tmp_path / "film.avi", images)


def test_a_file_is_told_from_end_to_end(start: Start, heard: Heard, film: Path) -> None:
    worker = start(f'[cameras.yard]\nsource = "{film}"\npace = false\n')
    assert worker.wait(PATIENCE) == 0
    told = eventually(lambda: heard.events("camera.health.reported.v1"))
    (began,) = heard.events("camera.motion.started.v1")
    (ended,) = heard.events("camera.motion.ended.v1")
    assert parse_rfc3339(began["time"]) < parse_rfc3339(ended["time"])
    assert 5 < ended["data"]["durationS"] < 9
    assert told[-1]["data"]["analysed"] == 100
    assert "dropped" not in told[-1]["data"]
    numbers = [int(one["sequence"]) for one in heard.events()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_killed_it_goes_on_where_it_was(start: Start, heard: Heard, film: Path) -> None:
    camera = f'[cameras.yard]\nsource = "{film}"\nrepeat = true\n'
    worker = start(camera)
    eventually(lambda: heard.events("camera.motion.started.v1"))
    worker.send_signal(signal.SIGKILL)
    worker.wait(PATIENCE)
    before = {one["id"] for one in heard.events()}
    last = max(int(one["sequence"]) for one in heard.events())
    worker = start(camera)
    eventually(lambda: len(heard.events("camera.motion.started.v1")) > 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0
    since = [one for one in heard.events() if one["id"] not in before]
    assert all(int(one["sequence"]) > last for one in since if one["time"] > since[0]["time"])
    every = [(one["id"], one["sequence"]) for one in heard.events()]
    assert len({number for _, number in every}) == len({name for name, _ in every})


class Webcam:
    """Motion JPEG over HTTP, for as long as it is switched on."""

    def __init__(self) -> None:
        self.port = free_port()
        ground, rng = yard(), np.random.default_rng(1)
        self._pictures = [cv2.imencode(".jpg", noisy(ground, rng))[1].tobytes() for _ in range(20)]

    @contextmanager
    def on(self) -> Iterator[None]:
        off = threading.Event()
        server = socket.create_server(("127.0.0.1", self.port))
        server.settimeout(0.1)
        thread = threading.Thread(target=self._serve, args=(server, off))
        thread.start()
        try:
            yield
        finally:
            off.set()
            thread.join(PATIENCE)
            server.close()

    def _serve(self, server: socket.socket, off: threading.Event) -> None:
        while not off.is_set():
            try:
                line, _ = server.accept()
            except TimeoutError:
                continue
            with line:
                try:
                    line.recv(4096)
                    self._show(line, off)
                except OSError:
                    continue

    def _show(self, line: socket.socket, off: threading.Event) -> None:
        line.sendall(
            b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n\r\n"
        )
        number = 0
        while not off.wait(0.05):
            picture = self._pictures[number % len(self._pictures)]
            number += 1
            head = f"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            line.sendall(head.encode() + picture + b"\r\n")


def test_a_source_that_goes_and_comes_back(start: Start, heard: Heard, tmp_path: Path) -> None:
    webcam = Webcam()
    (tmp_path / "password").write_text("geheim")
    camera = (
        f'[cameras.web]\nsource = "http://127.0.0.1:{webcam.port}/"\n'
        'username = "view"\npassword_file = "password"\n'
        "open_s = 3\nread_s = 3\ncondition.lost_s = 2\ncondition.clear_s = 1\n"
    )
    wanted = tmp_path / "gw" / "camera" / "web" / "wanted"

    def reasons() -> list[tuple[str, str]]:
        found = heard.events("camera.video.lost.v1", "camera.video.restored.v1")
        return [(one["type"].split(".")[2], one["data"]["reason"]) for one in found]

    with webcam.on():
        worker = start(camera)
        eventually(lambda: reasons() == [("restored", "started")])
        wanted.touch()
        eventually(lambda: wanted.with_name("live.jpg").exists())
    eventually(lambda: reasons()[-1] == ("lost", "no-frames"))
    with webcam.on():
        eventually(lambda: reasons()[-1] == ("restored", "no-frames"))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
    assert len(reasons()) == 3
    assert "geheim" not in (tmp_path / "worker.log").read_text()


def test_what_happens_while_nobody_listens_is_told_later(
    start: Start, mosquitto: Mosquitto, film: Path
) -> None:
    mosquitto.stop()
    worker = start(f'[cameras.yard]\nsource = "{film}"\npace = false\nrepeat = true\n')
    time.sleep(2)
    mosquitto.start()
    heard = Heard(mosquitto)
    eventually(lambda: heard.events("camera.health.reported.v1"))
    worker.send_signal(signal.SIGTERM)
    worker.wait(PATIENCE)
    numbers = sorted(int(one["sequence"]) for one in heard.events())
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    heard.close()


GATE = Line(name="gate", start=(0.5, 0.1), end=(0.5, 1.0), in_side="left")


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_the_agent_keeps_what_the_worker_tells(tmp_path: Path, film: Path) -> None:
    """Killed in the middle, the worker's numbers go on: the agent sees no counter begin anew. Who
    crosses the line is in a picture that waits for the hub, by its hash."""
    port, folder = free_port(), tmp_path / "edge"
    folder.mkdir()
    (folder / "edge.toml").write_text(
        f'compound = "c01"\ngateway = "gw01"\ndata = "."\n'
        f'[uplink]\nhub_key = "{HUB_KEY.hex()}"\nbroker.port = {free_port()}\n'
        f"[endpoint]\nport = {port}\nanonymous = true\n"
    )
    zones = folder / "camera" / "yard" / "zones.json"
    zones.parent.mkdir(parents=True)
    zones.write_bytes(written(Zones(lines=(GATE,))))
    (tmp_path / "camera.toml").write_text(
        f'data = "edge"\nhealth_s = 1\n[gateway]\nport = {port}\n'
        f'[cameras.yard]\nsource = "{film}"\nrepeat = true\n'
    )
    agent = EdgeProcess(folder / "edge.toml")
    agent.start(wait=False)
    eventually(lambda: answers(port))
    arguments = ("infra.cli", "camera", "--config", str(tmp_path / "camera.toml"))
    worker = running(*arguments, log=tmp_path / "worker.log")
    try:
        crossed = eventually(lambda: agent.events("camera.line.crossed.v1"))
        worker.kill()
        worker.wait(PATIENCE)
        worker = running(*arguments, log=tmp_path / "worker.log")
        eventually(lambda: len(agent.events("camera.line.crossed.v1")) > len(crossed))
        worker.terminate()
        assert worker.wait(PATIENCE) == 0
        assert agent.events("device.epoch.raised.v1") == []
        assert agent.events("ingest.rejected.v1") == []
        first = crossed[0]
        assert first.subject == "camera/yard"
        assert isinstance(first.data, LineCrossed)
        assert first.data.zone == "gate"
        (picture,) = first.data.media
        (kept,) = (folder / "media").glob(f"*{picture.sha256}*")
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == picture.sha256
    finally:
        worker.kill()
        worker.wait(PATIENCE)
        agent.kill()
        print(tail(tmp_path / "worker.log"), tail(agent.log))
