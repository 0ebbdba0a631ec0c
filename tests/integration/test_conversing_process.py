"""Devices that converse, with `menwei edge` as it is run: what they were not answered comes again
after the gateway was killed, and is one event."""

import asyncio
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.event import Event
from devices.gat1400 import simulate as gat1400
from devices.gb28181 import simulate as gb28181
from devices.gb28181.sip import Cutter
from devices.jt808 import simulate as jt808
from devices.onvif import simulate as onvif
from tests.fix_broker import PATIENCE, Nats, eventually, tail
from tests.fix_core import signer_of
from tests.fix_edge import EdgeProcess, configured
from tests.fix_ports import free_port

CAMERA, PASSWORD = "34020000001320000007", "p4ss"
TYPE = "Content-Type: application/VIID+JSON"
AT = datetime(2026, 3, 1, 23, 41, 9, tzinfo=UTC)


@dataclass
class Gateway:
    process: EdgeProcess
    trucks: int
    alarms: int
    alarms_tcp: int
    http: int

    def told(self, *types: str) -> list[Event]:
        return [one for one in self.process.events() if one.type in types]

    def curl(self, path: str, body: Any, *more: str) -> tuple[int, Any]:
        """Status and answer, as `curl --digest` has them in the end."""
        done = subprocess.run(
            ["curl", "-s", "--noproxy", "*", "--digest", "-u", f"{CAMERA}:{PASSWORD}",
             "-H", f"User-Identify: {CAMERA}", "-H", TYPE, "-d", orjson.dumps(body).decode(),
             "-w", "\n%{http_code}", *more, f"http://127.0.0.1:{self.http}{path}"],
            capture_output=True, check=True, timeout=PATIENCE,
        )  # fmt: skip
        answer, _, status = done.stdout.rpartition(b"\n")
        return int(status), orjson.loads(answer)


@pytest.fixture
def camera() -> Iterator[tuple[onvif.Camera, str]]:
    made = onvif.Camera()
    with onvif.serving(made) as url:
        yield made, url


@pytest.fixture
def gateway(tmp_path: Path, nats: Nats, camera: tuple[onvif.Camera, str]) -> Iterator[Gateway]:
    path = configured(tmp_path / "edge", nats, signer_of(1).public)
    trucks, alarms, alarms_tcp, http = (free_port() for _ in range(4))
    (tmp_path / "edge" / "camera.password").write_text(PASSWORD)
    (tmp_path / "edge" / "camera.password").chmod(0o600)
    with path.open("a") as file:
        file.write(
            f'[http]\nport = {http}\n[http.devices.{CAMERA}]\npassword_file = "camera.password"\n'
            f'[lines.trucks]\nkind = "jt808"\nport = {trucks}\n'
            f'[lines.alarms]\nkind = "gb28181"\nport = {alarms}\n'
            f'[lines.alarms.users.{CAMERA}]\npassword_file = "camera.password"\n'
            f'[lines.alarms-tcp]\nkind = "gb28181"\ntransport = "tcp"\nport = {alarms_tcp}\n'
            f'[lines.alarms-tcp.users.{CAMERA}]\npassword_file = "camera.password"\n'
            f'[sources.cam-1]\nkind = "onvif"\nurl = "{camera[1]}"\n'
        )
    made = Gateway(EdgeProcess(path), trucks, alarms, alarms_tcp, http)
    made.process.start()
    yield made
    made.process.kill()
    print(tail(made.process.log))


def test_a_truck_that_was_not_answered(gateway: Gateway) -> None:
    terminal = jt808.Terminal("13800138000", 1)
    asyncio.run(jt808.drive("127.0.0.1", gateway.trucks, terminal, [jt808.Fix(at=AT)]))
    assert not terminal.unanswered
    raw = terminal.report(jt808.Fix(at=AT.replace(minute=42)))
    with socket.create_connection(("127.0.0.1", gateway.trucks), PATIENCE) as line:
        line.sendall(raw + b"noise" + raw)  # and hears no answer
        eventually(lambda: len(gateway.told("vehicle.positioned.v1")) == 2)
        gateway.process.kill()
    gateway.process.start()
    assert terminal.unanswered
    asyncio.run(jt808.drive("127.0.0.1", gateway.trucks, terminal, []))
    assert not terminal.unanswered
    assert gateway.process.stop() == 0
    assert [one.origin for one in gateway.told("vehicle.positioned.v1")] == ["live", "live"]


def test_an_alarm_that_was_not_answered(gateway: Gateway) -> None:
    device = gb28181.Device(CAMERA, PASSWORD)
    told = device.alarm(gb28181.Alarm(at=AT.replace(tzinfo=None), method=5, kind=5))
    assert told
    with registered(gateway, device) as line:
        line.sendall(told[:40])
        line.sendall(told[40:])  # and hears no answer
        eventually(lambda: gateway.told("camera.line.crossed.v1"))
        gateway.process.kill()
    gateway.process.start()
    with registered(gateway, device) as line:
        line.sendall(told)
        assert line.recv(12) == b"SIP/2.0 200 "
    asyncio.run(
        gb28181.drive(
            "127.0.0.1",
            gateway.alarms,
            gb28181.Device(CAMERA, PASSWORD),
            [gb28181.Alarm(at=AT.replace(tzinfo=None), method=2, kind=1)],
        )
    )
    assert gateway.process.stop() == 0
    assert len(gateway.told("camera.line.crossed.v1")) == 1
    assert len(gateway.told("camera.video.lost.v1")) == 1


@contextmanager
def registered(gateway: Gateway, device: gb28181.Device) -> Iterator[socket.socket]:
    """A TCP line on which the device has registered."""
    with socket.create_connection(("127.0.0.1", gateway.alarms_tcp), PATIENCE) as line:
        line.settimeout(PATIENCE)
        cutter, waiting = Cutter(), [device.register()]
        while waiting:
            line.sendall(waiting.pop())
            for one in cutter.cut(line.recv(65_536)):
                waiting += device.heard(one)
        assert device.registered
        yield line


def test_a_view_library_by_curl(gateway: Gateway) -> None:
    who = {"DeviceID": CAMERA}
    faces = {"FaceListObject": {"FaceObject": [gat1400.Camera(CAMERA, "", "").face(AT)]}}
    status, said = gateway.curl("/VIID/System/Register", {"RegisterObject": who})
    assert (status, said["ResponseStatusObject"]["StatusCode"]) == (200, "0")
    assert gateway.curl("/VIID/System/Keepalive", {"KeepaliveObject": who})[0] == 200
    status, said = gateway.curl("/VIID/Faces", faces)
    (one,) = said["ResponseStatusListObject"]["ResponseStatusObject"]
    assert (status, one["StatusCode"]) == (200, "0")
    assert one["Id"] == faces["FaceListObject"]["FaceObject"][0]["FaceID"]
    gateway.process.kill()
    gateway.process.start()
    assert gateway.curl("/VIID/Faces", faces)[0] == 200
    assert gateway.process.stop() == 0
    assert len(gateway.told("camera.face.captured.v1")) == 1


def test_a_camera_that_is_asked(gateway: Gateway, camera: tuple[onvif.Camera, str]) -> None:
    made, _ = camera
    eventually(lambda: made.subscriptions == 1)
    made.change("VideoSource/MotionAlarm", {"Source": "1"}, {"State": "true"})
    eventually(lambda: len(gateway.told("camera.motion.started.v1")) == 1)
    gateway.process.kill()
    gateway.process.start()
    crossed = ("RuleEngine/LineDetector/Crossed", {"Rule": "r"}, {"ObjectId": "5"})
    eventually(lambda: "Unsubscribe" in made.asked and made.subscriptions == 1)
    made.change(*crossed, state=False)
    eventually(lambda: len(gateway.told("camera.line.crossed.v1")) == 1)
    assert gateway.process.stop() == 0
    assert len(gateway.told("camera.motion.started.v1")) == 1
