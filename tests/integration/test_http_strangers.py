"""The HTTP intake among the hostile, and the dialogs that vendors hold over it."""

import base64
import contextlib
import json
import socket
import threading
from pathlib import Path

import httpx
import pytest

from devices.adapter import Adapter, Known, Message
from devices.wire import Dialog, Exchange, Place, Reply, Request
from edge.budget import Room
from edge.http.config import Device
from edge.http.dialogs import Dialogs
from tests.fix_broker import PATIENCE, eventually
from tests.fix_edge import level, native
from tests.fix_http import BEARER, JPEG, SECRET, Agents, HttpAgent, heard, raw
from tests.fix_http import agent as agent
from tests.fix_http import agents as agents


class TestHostile:
    @pytest.mark.parametrize(
        ("said", "status"),
        [
            (b"GET / HTTP/1.1\r\n" + b"x: " + b"y" * 100_000, 431),
            (b"nonsense\r\n\r\n", 400),
            (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            (
                b"POST /x HTTP/1.1\r\n" + BEARER + b"Content-Length: 3\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400,
            ),
            (b"POST /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"POST /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        ],
    )
    def test_heads(self, agent: HttpAgent, said: bytes, status: int) -> None:
        line = raw(agent)
        with contextlib.suppress(OSError):
            line.sendall(said)
            line.shutdown(socket.SHUT_WR)
        assert heard(line).startswith(b"HTTP/1.1 %d " % status)
        assert agent.post(f"/{native(1)[0]}", native(1)[1]).status_code == 200

    def test_who_dawdles_with_its_head_or_body(self, agents: Agents) -> None:
        agent = agents(head_timeout_s=0.1, body_timeout_s=0.1, idle_timeout_s=0.1)
        assert heard(raw(agent, b"POST /x HT")) == b""
        assert heard(raw(agent)) == b""
        line = raw(agent, b"POST /x/y HTTP/1.1\r\n" + BEARER + b"Content-Length: 9\r\n\r\nx")
        assert heard(line) == b""
        assert agent.ids() == []

    def test_one_address_has_its_share_of_connections(self, agents: Agents) -> None:
        agent = agents(max_per_address=5)
        lines = [raw(agent) for _ in range(300)]
        eventually(lambda: agent.refused().get("address", 0) >= 295)
        assert agent.server.counters.connections <= 5
        for line in lines:
            line.close()
        eventually(lambda: agent.server.counters.connections == 0)
        assert agent.post(f"/{native(1)[0]}", native(1)[1]).status_code == 200

    def test_who_waits_for_nothing_makes_room(self, agents: Agents) -> None:
        agent = agents(max_connections=3)
        lines = [raw(agent) for _ in range(3)]
        eventually(lambda: agent.server.counters.connections == 3)
        assert agent.post(f"/{native(1)[0]}", native(1)[1]).status_code == 200
        for line in lines:
            line.close()

    def test_unfinished_bodies_have_a_bound_together(self, agents: Agents) -> None:
        agent = agents(max_body=200_000, unfinished_bytes=200_000)
        head = b"POST /x/y HTTP/1.1\r\n" + BEARER + b"Content-Length: 150000\r\n\r\n"
        first, *others, last = (raw(agent, head + b"x" * 140_000) for _ in range(4))
        assert heard(first) == b""  # it began first
        last.sendall(b"x" * 10_000)
        assert last.recv(100).startswith(b"HTTP/1.1 200 ")
        assert agent.refused()["unfinished"] >= 1
        assert agent.server.counters.unfinished_bytes <= 465_536
        for line in (*others, last):
            line.close()
        eventually(lambda: agent.server.counters.unfinished_bytes == 0)

    def test_large_bodies_wait_for_each_other_and_not_for_who_dawdles(
        self, agents: Agents, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("edge.http.context._DAWDLES_S", 0.1)
        agent = agents()
        head = b"POST /x/y HTTP/1.1\r\n" + BEARER + b"Content-Length: 2000000\r\n\r\n"
        dawdling = [raw(agent, head + b"x") for _ in range(2)]
        context = agent.server._context
        assert context is not None
        eventually(lambda: len(context.large._held) == 2)
        answers: list[int] = []
        body = b"x" * 1_500_000
        asking = [
            threading.Thread(target=lambda: answers.append(agent.post("/x/y", body).status_code))
            for _ in range(3)
        ]
        for one in asking:
            one.start()
        for one in asking:
            one.join(PATIENCE)
        assert answers == [200] * 3
        assert agent.refused()["unfinished"] >= 1
        for line in dawdling:
            line.close()

    def test_a_flood_is_slowed_and_nobody_else(self, agents: Agents, tmp_path: Path) -> None:
        (tmp_path / "b.password").write_text("another-secret")
        devices = {
            "cam": Device(password_file="cam.password", rate=1, burst=1),
            "b": Device(password_file="b.password"),
        }
        agent = agents(devices=devices)
        with agent.client() as flood, agent.client(("b", "another-secret")) as other:
            for number in range(3):
                assert flood.post("/x/y", content=b"%d" % number).status_code == 200
            assert other.post(f"/{native(1)[0]}", content=native(1)[1]).status_code == 200
        eventually(lambda: agent.throttled)
        assert {client for client, _ in agent.throttled} == {"cam"}
        assert agent.ids() == ["door-07-1"]


class TestDialogs:
    """A made-up vendor: it numbers its uploads, and goes on from what was noted of it."""

    def agent(self, agents: Agents, *, own_digest: bool = False) -> HttpAgent:
        def turn(request: Request, place: Place) -> Exchange:
            if own_digest and request.headers.get("authorization") != "mine":
                return Exchange(reply=Reply(status=401, headers={"www-authenticate": "Mine"}))
            assert own_digest or "authorization" not in request.headers
            if request.query.get("fault"):
                raise LookupError("a mistake of ours")
            if request.method == "GET":
                return Exchange(reply=Reply(body=f"Stamp={place.note('stamp')}".encode()))
            return Exchange(
                messages=(Message("site/access/door-07", request.body),),
                reply=Reply(body=b"OK: 1", headers={"x-said": request.client}),
                notes={"stamp": request.query.get("stamp", "")},
            )

        vendor = Adapter(
            name="native", filters=(), decode=lambda _message, _site: (),
            dialog=Dialog(paths=("/vendor",), turn=turn, own_digest=own_digest),
        )  # fmt: skip
        return agents(dialogs=Dialogs([vendor]))

    def test_a_turn_is_answered_after_the_commit_and_noted(self, agents: Agents) -> None:
        agent = self.agent(agents)
        with agent.client() as client:
            assert client.get("/vendor/cdata").text == "Stamp="
            answer = client.post("/Vendor/cdata?stamp=7", content=native(1)[1])
            assert (answer.text, answer.headers["x-said"]) == ("OK: 1", "cam")
            assert client.get("/vendor/cdata").text == "Stamp=7"
        assert agent.ids() == ["door-07-1"]
        assert agent.notes.get("stamp") == "7"

    def test_nothing_is_noted_of_what_is_not_durable(self, agents: Agents) -> None:
        agent = self.agent(agents)
        agent.rig.room = Room(bulk=False, prune=False)
        assert agent.post("/vendor/cdata?stamp=7", level(1)[1]).status_code == 503
        assert agent.notes.get("stamp") == ""

    def test_its_pictures(self, agents: Agents) -> None:
        agent = self.agent(agents)
        body = json.loads(native(1)[1])
        body["data"]["Data"] = base64.b64encode(JPEG).decode()
        assert agent.post("/vendor/cdata", json.dumps(body)).status_code == 200
        assert [len(event.data.media) for event in agent.rig.events()] == [1]

    def test_a_mistake_of_ours_keeps_what_came(self, agents: Agents) -> None:
        agent = self.agent(agents)
        assert agent.post("/vendor/cdata?fault=1", b"{").status_code == 500
        assert agent.reasons() == ["malformed"]
        assert agent.refused() == {"fault": 1}

    def test_who_proves_nothing_is_refused(self, agents: Agents) -> None:
        agent = self.agent(agents)
        with agent.client(None) as client:
            assert client.get("/vendor/cdata").status_code == 401

    def test_one_that_asks_for_credentials_itself(self, agents: Agents) -> None:
        agent = self.agent(agents, own_digest=True)
        with agent.client(None) as client:
            answer = client.post("/vendor/x", content=native(1)[1])
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Mine")
            mine = {"authorization": "mine"}
            assert client.post("/vendor/x", content=native(1)[1], headers=mine).text == "OK: 1"
            guess = {"authorization": "guess"}
            statuses = [client.get("/vendor/x", headers=guess).status_code for _ in range(51)]
        assert statuses[-1] == 429
        assert agent.ids() == ["door-07-1"]


class TestVendors:
    """Dialogs of the registry, as they stand at a gateway."""

    def test_a_zkteco_terminal_is_answered_and_recorded(self, agents: Agents) -> None:
        agent = agents(allow=["127.0.0.0/8"])
        agent.place.known = lambda device: Known() if device == "CJDE0001" else None
        record = "time=2026-11-21 08:00:00\tpin=1001\tcardno=0\teventaddr=1\tevent=0\t"
        record += "inoutstatus=0\tverifytype=15\tindex=21\r\n"
        with agent.client(None) as client:
            asked = client.get("/iclock/cdata?SN=CJDE0001&options=all&DeviceType=acc")
            assert (asked.status_code, asked.text[:8]) == (200, "registry")
            answer = client.post("/iclock/cdata?SN=CJDE0001&table=rtlog", content=record)
            assert (answer.status_code, answer.text.strip()[:2]) == (200, "OK")
            assert client.get("/iclock/cdata?SN=STRANGER&options=all").status_code == 403
        assert len(agent.ids()) == 1

    def test_a_face_of_megabytes_into_the_view_library(self, agents: Agents) -> None:
        agent = agents()
        device = "33010000001190000001"
        image = {
            "ImageID": f"{device}022026112108000000001", "Type": "11", "FileFormat": "Jpeg",
            "ShotTime": "20261121080000", "Data": base64.b64encode(JPEG * 400).decode(),
        }  # fmt: skip
        face = {
            "FaceID": f"{device}0220261121080000000010600001", "DeviceID": device,
            "SourceID": image["ImageID"], "SubImageList": {"SubImageInfoObject": [image]},
        }  # fmt: skip
        with agent.client(httpx.DigestAuth("cam", SECRET)) as client:
            client.headers["User-Identify"] = device
            registered = {"RegisterObject": {"DeviceID": device}}
            assert client.post("/VIID/System/Register", json=registered).status_code == 200
            answer = client.post("/VIID/Faces", json={"FaceListObject": {"FaceObject": [face]}})
            assert answer.status_code == 200
        (event,) = agent.rig.events()
        assert [(one.kind, one.bytes) for one in event.data.media] == [("face", len(JPEG) * 400)]
