"""A terminal that is asked, and a device that pushes by HTTP, told of while a real agent runs: no
restart, and the same after one."""

import asyncio
import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devices.hikvision.isapi import Device, Sent
from devices.hikvision.served import Served
from devices.hikvision.simulate import Holder, Terminal
from infra.hub_api import DIRECT
from tests.fix_admin import AdminRig
from tests.fix_broker import PATIENCE, eventually, tail

MAC, KEY = "02:5e:10:aa:00:07", "025e10aa0007"
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOLDER = Holder(employee="R-2048", name="李小雨", card="8800126053")
PASSWORD, SECRET = "zeppelin-4711", "kumquat-2718"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[AdminRig]:
    made = AdminRig(tmp_path / "edge")
    made.edge.start()
    yield made
    made.edge.kill()
    print(tail(made.edge.log))


class Door:
    """A simulated terminal on a socket; what happens at it is streamed and remembered."""

    def __init__(self) -> None:
        device = Device(MAC, "DS-K1T671M0001")
        self.served = Served(
            device, lambda: datetime.now(UTC), password=PASSWORD, beat_s=0.2, retry_s=0.01
        )
        self._terminal = Terminal(MAC, "South gate", "127.0.0.1", 100, Random(1))
        self._at = datetime.now(UTC) - timedelta(minutes=5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.served.port}"

    def passed(self) -> None:
        self._at += timedelta(seconds=1)
        told = self._terminal.granted(self._at.astimezone(SHANGHAI), HOLDER, "face", "in")
        self.served.happened(Sent(told.payload, {}))

    def source(self, password: str | None = PASSWORD) -> dict[str, Any]:
        more = {} if password is None else {"password": password}
        return {"url": self.url, "user": "admin", "options": {"silence_s": "5"}, **more}


async def until(true: Callable[[], object]) -> None:
    """`true` asks over sockets: on a thread, so that the device goes on."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def state(rig: AdminRig) -> str:
    found = [one for one in rig.get("devices")["devices"] if one["device"] == KEY]
    return str(found[0]["source"]["state"]) if found and found[0]["source"] else ""


def granted(rig: AdminRig) -> int:
    return len(rig.edge.events("access.granted.v1"))


def nowhere(rig: AdminRig, *secrets: str) -> None:
    """Outside of their own files."""
    for path in rig.folder.rglob("*"):
        if path.is_file() and path.parent.name != "secrets":
            content = path.read_bytes()
            assert not any(one.encode() in content for one in secrets), path


def test_a_terminal_is_asked_from_the_moment_it_is_told_of(rig: AdminRig) -> None:
    async def put(**wish: Any) -> Any:
        wish = {"kind": "hikvision", "name": "south", **wish}
        status, said = await asyncio.to_thread(rig.ask, "PUT", f"devices/{KEY}", wish)
        assert status == 200, said
        assert PASSWORD not in json.dumps(said)
        return said

    async def scene() -> None:
        door = Door()
        await door.served.start()
        door.passed()
        said = await put(source=door.source("wrong-one"))
        assert (said["source"]["password"], said["source"]["url"]) == (True, door.url)
        await until(lambda: state(rig) == "refused")
        why = (await asyncio.to_thread(rig.get, f"devices/{KEY}"))["source"]["why"]
        assert "401" in why
        await put(source=door.source())
        await until(lambda: state(rig) == "connected")
        await until(lambda: granted(rig) == 1)
        door.passed()
        await until(lambda: granted(rig) == 2)
        (event, _) = rig.edge.events("access.granted.v1")
        assert event.subject == "door/south-1"

        streams = door.served.listening
        await put(name="west", source=door.source(None))  # nothing of how it is asked is another
        assert door.served.listening == streams == 1

        rig.edge.kill()
        await until(lambda: door.served.listening == 0)
        door.passed()  # meanwhile
        await asyncio.to_thread(rig.edge.start)
        await until(lambda: granted(rig) == 3)
        await until(lambda: state(rig) == "connected")

        status, _ = await asyncio.to_thread(rig.ask, "DELETE", f"devices/{KEY}")
        assert status == 200
        await until(lambda: door.served.listening == 0)
        door.passed()
        await until(lambda: not state(rig))
        assert list((rig.folder / "secrets").iterdir()) == []
        await asyncio.to_thread(rig.edge.stop)
        await asyncio.to_thread(rig.edge.start)
        assert (door.served.listening, await asyncio.to_thread(granted, rig)) == (0, 3)
        await door.served.stop()

    asyncio.run(scene())
    rig.edge.stop()
    told = [one.data for one in rig.edge.events("device.provisioned.v1")]
    assert [(one.asked, one.secret) for one in told] == [(True, False)] * 3  # type: ignore[attr-defined]
    nowhere(rig, PASSWORD, "wrong-one")


def test_what_cannot_be_asked_is_refused_as_edge_toml_is(rig: AdminRig) -> None:
    for source, said in (
        ({"url": "rtsp://h"}, f"`sources.{KEY}.url`"),
        ({"url": "http://h", "user": "u"}, "password_file` is missing"),
        ({"url": "http://h", "ca": "x"}, "unknown field"),
    ):
        status, answer = rig.ask("PUT", f"devices/{KEY}", {"kind": "hikvision", "source": source})
        assert (status, said in answer["detail"]) == (422, True), answer
    status, answer = rig.ask(
        "PUT", f"devices/{KEY}", {"kind": "rfid", "source": {"url": "http://h"}}
    )
    assert (status, "none of" in answer["detail"]) == (422, True)
    assert rig.ask("GET", f"devices/{KEY}")[0] == 404


def test_a_secret_holds_for_the_next_request(rig: AdminRig) -> None:
    def push(number: int, secret: str) -> int:
        event = {
            "specversion": "1.0", "id": f"d-{number}", "source": "/devices/door-9",
            "type": "door.opened.v1", "time": datetime.now(UTC).isoformat(),
            "data": {"cause": "button"},
        }  # fmt: skip
        proof = base64.b64encode(f"door-9:{secret}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{rig.http}/site/access/door-9",
            data=json.dumps(event).encode(),
            headers={
                "Content-Type": "application/cloudevents+json", "Authorization": f"Basic {proof}"
            },
        )  # fmt: skip
        try:
            with DIRECT.open(request, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def takes_http(life: int) -> None:
        eventually(lambda: rig.edge.said().count("taking HTTP") == life)

    takes_http(1)
    assert push(1, SECRET) == 401
    status, said = rig.ask("PUT", "devices/door-9", {"secret": SECRET})
    assert (status, said["secret"], "new_secret" in said) == (200, True, False)
    assert push(1, SECRET) == 200
    made = rig.ask("PUT", "devices/door-9", {"new_secret": True})[1]["new_secret"]
    assert "new_secret" not in rig.get("devices/door-9")
    assert (push(2, SECRET), push(2, made)) == (401, 200)
    rig.ask("PUT", "devices/door-9", {"name": "nine"})
    assert push(3, made) == 200
    rig.edge.kill()
    rig.edge.start()
    takes_http(2)
    assert push(4, made) == 200
    assert rig.ask("DELETE", "devices/door-9")[0] == 200
    assert push(5, made) == 401
    assert list((rig.folder / "secrets").iterdir()) == []
    rig.edge.stop()
    assert len(rig.edge.events("door.opened.v1")) == 4
    nowhere(rig, SECRET, made)
