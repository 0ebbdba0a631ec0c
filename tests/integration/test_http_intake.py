"""HTTP from devices, over real sockets into a real intake: what 200 means, and who gets none."""

import base64
import contextlib
import errno
import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.errors import FatalError
from edge.budget import Room
from edge.http.config import Device
from edge.media.spool import Spool
from tests.fix_broker import PATIENCE, Nats, eventually, tail
from tests.fix_core import FixedClock, signer_of
from tests.fix_edge import EdgeProcess, configured, face, level, native
from tests.fix_endpoint import authority, certificate
from tests.fix_http import BEARER, JPEG, SECRET, Agents, HttpAgent, heard, raw
from tests.fix_http import agent as agent
from tests.fix_http import agents as agents
from tests.fix_ports import free_port


class TestTheAnswer:
    def test_comes_after_the_commit(self, agent: HttpAgent) -> None:
        agent.commit.clear()
        topic, payload = native(1)
        answers: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answers.append(agent.post(f"/{topic}", payload)))
        asking.start()
        eventually(lambda: agent.server.counters.messages == 1)
        assert not answers
        assert agent.ids() == []
        agent.commit.set()
        asking.join(PATIENCE)
        assert [one.status_code for one in answers] == [200]
        assert agent.ids() == ["door-07-1"]
        eventually(lambda: agent.server.counters.unsettled_bytes == 0)

    def test_an_agent_that_dies_before_the_commit_gives_none(
        self, agents: Agents, agent: HttpAgent
    ) -> None:
        agent.commit.clear()
        line = raw(agent, b"POST /%b HTTP/1.1\r\n" % native(1)[0].encode() + BEARER
                   + b"Content-Length: %d\r\n\r\n" % len(native(1)[1]) + native(1)[1])  # fmt: skip
        eventually(lambda: agent.server.counters.messages == 1)
        agent.halt()
        assert heard(line) == b""

    def test_an_agent_that_dies_after_the_commit_has_it_once(
        self, agents: Agents, agent: HttpAgent
    ) -> None:
        """The crash between commit and answer: the device comes again, and it is one event."""
        agent.answers = False
        topic, payload = face(9001)
        body = b"POST /%b HTTP/1.1\r\n" % topic.encode() + BEARER
        line = raw(agent, body + b"Content-Length: %d\r\n\r\n" % len(payload) + payload)
        eventually(lambda: agent.rig.counters.recorded > 0)
        agent.halt()
        assert heard(line) == b""
        second = agents()
        assert second.post(f"/{topic}", payload).status_code == 200
        assert second.ids() == ["hik:025e10aa0007:1:9001"]
        assert second.rig.counters.duplicates == 1

    def test_an_agent_that_stops_answers_what_becomes_durable(self, agent: HttpAgent) -> None:
        agent.commit.clear()
        answers: list[int] = []
        topic, payload = native(1)
        asking = threading.Thread(
            target=lambda: answers.append(agent.post(f"/{topic}", payload).status_code)
        )
        asking.start()
        eventually(lambda: agent.server.counters.messages == 1)
        stopping = threading.Thread(target=lambda: agent.call(agent.server.stop()))
        stopping.start()
        agent.commit.set()
        asking.join(PATIENCE)
        stopping.join(PATIENCE)
        assert answers == [200]

    def test_garbage_is_taken_and_set_aside(self, agent: HttpAgent) -> None:
        for body in (b"\x00\xff garbage", b"{broken", b"", b"<a>"):
            assert agent.post("/hikvision/gate-1", body).status_code == 200
        assert len(agent.reasons()) == 4

    def test_no_room_is_told(self, agent: HttpAgent) -> None:
        agent.rig.room = Room(bulk=False, prune=False)
        topic, payload = level(1)
        answer = agent.post(f"/{topic}", payload)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert agent.post(f"/{native(1)[0]}", native(1)[1]).status_code == 200

    def test_several_messages_are_one_answer(self, agent: HttpAgent) -> None:
        events = [json.loads(native(number)[1]) for number in range(50)]
        answer = agent.post(
            "/site/access/door-07", json.dumps(events).encode(),
            content_type="application/cloudevents-batch+json",
        )  # fmt: skip
        assert answer.status_code == 200
        assert len(agent.ids()) == 50

    def test_too_slow_a_disk_gets_none(self, agents: Agents) -> None:
        agent = agents(answer_timeout_s=0.05)
        agent.commit.clear()
        with pytest.raises(httpx.RemoteProtocolError):
            agent.post(f"/{native(1)[0]}", native(1)[1])
        agent.commit.set()
        eventually(lambda: agent.server.counters.unsettled_bytes == 0)


class TestWho:
    @pytest.mark.parametrize(
        "auth", [("cam", SECRET), httpx.DigestAuth("cam", SECRET)], ids=["basic", "digest"]
    )
    def test_user_and_password(self, agent: HttpAgent, auth: Any) -> None:
        with agent.client(auth) as client:
            for number in range(3):
                topic, payload = native(number)
                assert client.post(f"/{topic}", content=payload).status_code == 200
        assert {one.client for group in agent.groups for one in group} == {"cam"}
        assert all(one.deaf for group in agent.groups for one in group)
        assert len(agent.ids()) == 3

    def test_digest_keeps_its_connection_over_the_first_no(self, agent: HttpAgent) -> None:
        with agent.client(httpx.DigestAuth("cam", SECRET)) as client:
            client.post("/hikvision/x", content=b"x" * 200_000)
        assert agent.server.counters.accepted == 1

    @pytest.mark.parametrize(
        "path", [f"/~{SECRET}/site/access/door-07", "/site/access/door-07?key="]
    )
    def test_a_secret_in_the_address(
        self, agent: HttpAgent, path: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        with agent.client(None) as client:
            url = path + SECRET if path.endswith("=") else path
            assert client.post(url, content=native(1)[1]).status_code == 200
            assert client.post(url.replace(SECRET, "wrong"), content=b"x").status_code == 401
        ours = [one for one in caplog.records if not one.name.startswith("httpx")]
        assert not any(SECRET in one.getMessage() for one in ours if one.name.startswith("edge"))

    def test_nobody(self, agent: HttpAgent) -> None:
        with agent.client(None) as client:
            answer = client.post("/site/access/door-07", content=native(1)[1])
        assert answer.status_code == 401
        assert "Digest" in answer.headers["www-authenticate"]
        assert agent.ids() == []
        assert (agent.counters.http_refused, agent.counters.http_unauthorized) == (1, 1)

    def test_an_address_that_is_allowed(self, agents: Agents) -> None:
        agent = agents(allow=["127.0.0.0/8"])
        with agent.client(None) as client:
            assert client.post("/site/access/door-07", content=native(1)[1]).status_code == 200
        assert [one.client for group in agent.groups for one in group] == [""]

    def test_what_a_device_may_send(self, agents: Agents) -> None:
        device = Device(
            password_file="cam.password", publish=("hikvision/#",), serials=("gate-1", "gate-2")
        )
        agent = agents(devices={"cam": device})
        statuses = [
            agent.post(path, b"{}").status_code
            for path in ("/hikvision/gate-1", "/hikvision/gate-3", "/dahua/gate-1", "/cmd/x/open",
                         "/menwei/v1/x", "/$SYS/x", "/hikvision/a%00b", "/hikvision/gate-1?SN=z",
                         "/hikvision/gate-3?SN=gate-1", "/hikvision/gate-1?SN=gate-2&sn=z")
        ]  # fmt: skip
        assert statuses == [200, 403, 403, 403, 403, 403, 400, 403, 403, 403]

    def test_other_methods(self, agent: HttpAgent) -> None:
        with agent.client() as client:
            assert client.get("/site/access/door-07").status_code == 405
            assert client.put("/site/access/door-07", content=native(1)[1]).status_code == 200
            assert client.head("/healthz").status_code == 200
            assert client.delete("/site/x").headers["allow"] == "POST, PUT"


class TestBodies:
    def test_a_terminal_with_its_picture(self, agent: HttpAgent) -> None:
        with agent.client() as client:
            answer = client.post(
                "/hikvision/gate-1",
                files={
                    "event_log": (None, face(9001)[1], "application/json"),
                    "Picture": ("detectionPicture.jpg", JPEG, "image/jpeg"),
                },
            )
        assert answer.status_code == 200
        (event,) = agent.rig.events()
        (media,) = event.data.media
        assert (media.bytes, media.ref) == (len(JPEG), "")
        # The same record without its picture is the same record.
        assert agent.post("/hikvision/gate-1", face(9001)[1]).status_code == 200
        assert len(agent.rig.events()) == 1

    def test_pictures_are_kept_where_that_is_wanted(
        self, agents: Agents, tmp_path: Path, clock: FixedClock
    ) -> None:
        spool = Spool(tmp_path / "media", 1_000_000, clock)
        agent = agents(spool=spool)
        body = {**json.loads(face(9001)[1]), "FaceImage": base64.b64encode(JPEG).decode()}
        assert agent.post("/hikvision/gate-1", json.dumps(body)).status_code == 200
        (kept,) = spool.waiting()
        (event,) = agent.rig.events()
        assert event.data.media[0].sha256 == kept.sha256
        assert event.data.media[0].kind == "face"
        assert JPEG not in agent.rig.plain()

    @pytest.mark.parametrize("path", ["/", "/%E5%8D%97%E9%97%A8"])
    def test_pictures_of_who_has_no_name(
        self, agents: Agents, tmp_path: Path, clock: FixedClock, path: str
    ) -> None:
        """Devices that push to the bare address, from where nothing has to be shown."""
        spool = Spool(tmp_path / "media", 1_000_000, clock)
        agent = agents(spool=spool, devices={}, allow=("127.0.0.1/32",))
        body = {**json.loads(face(9001)[1]), "FaceImage": base64.b64encode(JPEG).decode()}
        with agent.client(None) as client:
            assert client.post(path, content=json.dumps(body)).status_code == 200
        assert [one.device for one in spool.waiting()] == ["unnamed"]
        assert len(agent.ids()) == 1

    @pytest.mark.parametrize(
        ("told", "status"),
        [
            ({}, 200),
            ({"serials": ("34020000001190000001",)}, 200),
            ({"serials": ("34020000001190000002",)}, 403),
            ({"publish": ("hikvision/#",)}, 403),
            ({"publish": ("VIID/#",)}, 200),
        ],
    )
    def test_a_dialog_that_asks_itself_gives_nobody_more_than_is_theirs(
        self, agents: Agents, told: dict[str, Any], status: int
    ) -> None:
        agent = agents(devices={"cam": Device(password_file="cam.password", **told)})
        device = "34020000001190000001"
        said = {"User-Identify": device, "Content-Type": "application/VIID+JSON"}
        body = json.dumps({"RegisterObject": {"DeviceID": device}})
        with agent.client(httpx.DigestAuth("cam", SECRET)) as client:
            answer = client.post("/VIID/System/Register", content=body, headers=said)
        assert answer.status_code == status
        with agent.client(None) as client:
            answer = client.post("/VIID/System/Keepalive", content=b"{}", headers=said)
        assert answer.status_code == (200 if status == 200 else 401)

    def test_who_is_refused_again_and_again_fills_no_log(
        self, agent: HttpAgent, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", "edge.http")
        with agent.client(None) as client:
            assert [client.post("/x").status_code for _ in range(20)] == [401] * 20
            assert client.put("/~wrong/x").status_code == 401
        said = [one.getMessage() for one in caplog.records if "127.0.0.1" in one.getMessage()]
        assert said == ["127.0.0.1: 401 unproven", "127.0.0.1: 401 credentials"]
        assert agent.refused() == {"unproven": 20, "credentials": 1}

    def test_a_disk_that_fails_is_not_taken_for_a_device_that_left(self, agents: Agents) -> None:
        class Failing:
            def keep(self, *_: object) -> None:
                raise OSError(errno.EIO, "Input/output error")

        agent = agents(spool=Failing())
        body = {**json.loads(face(9001)[1]), "FaceImage": base64.b64encode(JPEG).decode()}
        with pytest.raises(httpx.RemoteProtocolError):
            agent.post("/hikvision/gate-1", json.dumps(body))
        with pytest.raises(FatalError, match="Input/output"):
            agent.call(agent.server.run())

    def test_megabytes_of_picture_inside_json(self, agent: HttpAgent) -> None:
        body = {**json.loads(face(9001)[1]), "Img": base64.b64encode(JPEG * 900).decode()}
        assert agent.post("/hikvision/gate-1", json.dumps(body)).status_code == 200
        assert agent.rig.events()[0].data.media[0].bytes == len(JPEG) * 900

    def test_chunked_and_packed(self, agent: HttpAgent) -> None:
        topic, payload = native(1)
        pieces = (payload[at : at + 7] for at in range(0, len(payload), 7))
        assert agent.post(f"/{topic}", pieces).status_code == 200
        topic, payload = native(2)
        packed = gzip.compress(payload)
        assert agent.post(f"/{topic}", packed, content_encoding="gzip").status_code == 200
        assert agent.ids() == ["door-07-1", "door-07-2"]
        assert agent.post(f"/{topic}", b"no gzip", content_encoding="gzip").status_code == 200
        assert agent.reasons() == ["malformed"]
        assert agent.post(f"/{topic}", b"", content_encoding="br").status_code == 415

    def test_expect_100_continue(self, agent: HttpAgent) -> None:
        topic, payload = native(1)
        head = b"POST /%b HTTP/1.1\r\n" % topic.encode()
        length = b"Content-Length: %d\r\n" % len(payload)
        expect = b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        line = raw(agent, head + BEARER + length + expect)
        assert line.recv(100).startswith(b"HTTP/1.1 100 ")
        line.sendall(payload)
        assert heard(line).startswith(b"HTTP/1.1 200 ")
        line = raw(agent, head + b"Host: gw\r\n" + length + expect)
        assert heard(line).startswith(b"HTTP/1.1 401 ")

    def test_pipelined(self, agent: HttpAgent) -> None:
        made = b""
        for number in range(20):
            topic, payload = native(number)
            made += b"POST /%b HTTP/1.1\r\n" % topic.encode() + BEARER
            made += b"Content-Length: %d\r\n\r\n" % len(payload) + payload
        line = raw(agent, made)
        line.shutdown(socket.SHUT_WR)
        assert heard(line).count(b"HTTP/1.1 200 OK") == 20
        assert agent.ids() == [f"door-07-{number}" for number in range(20)]

    def test_line_ends_before_and_between_requests(self, agent: HttpAgent) -> None:
        """Clients that end a body with a line end beyond its length; RFC 9112 §2.2."""
        line = raw(agent)
        for number in range(3):
            topic, payload = native(number)
            line.sendall(b"\r\n" + b"POST /%b HTTP/1.1\r\n" % topic.encode() + BEARER)
            line.sendall(b"Content-Length: %d\r\n\r\n" % len(payload) + payload + b"\r\n")
            eventually(lambda number=number: len(agent.ids()) == number + 1)  # type: ignore[misc]
        line.sendall(b"\n" * 50_000)
        line.shutdown(socket.SHUT_WR)
        assert heard(line).count(b"HTTP/1.1 200 OK") == 3

    def test_nothing_but_line_ends(self, agents: Agents) -> None:
        agent = agents(idle_timeout_s=0.2)
        assert heard(raw(agent, b"\r\n" * 100)) == b""

    def test_a_body_of_no_length_is_not_said_to_be_taken(self, agent: HttpAgent) -> None:
        topic, payload = native(1)
        line = raw(agent, b"POST /%b HTTP/1.1\r\n" % topic.encode() + BEARER + b"\r\n" + payload)
        assert heard(line).startswith(b"HTTP/1.1 411 ")
        assert agent.ids() == []

    @pytest.mark.parametrize("named", ["Content-Length: 99999999", "Transfer-Encoding: chunked"])
    def test_too_long(self, agents: Agents, named: str) -> None:
        agent = agents(max_body=10_000)
        line = raw(agent, b"POST /x/y HTTP/1.1\r\n" + BEARER + named.encode() + b"\r\n\r\n")
        if "chunked" in named:
            with contextlib.suppress(OSError):
                for _ in range(20):
                    line.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        assert heard(line).startswith(b"HTTP/1.1 413 ")
        bomb = gzip.compress(bytes(1_000_000))
        assert agent.post("/x/y", bomb, content_encoding="gzip").status_code == 413


class TestAnEndlessStream:
    HEAD = b"POST /hikvision/gate-1 HTTP/1.1\r\n" + BEARER

    def part(self, serial: int, end: bytes = b"\r\n") -> bytes:
        payload = face(serial)[1]
        head = b"--MIME_boundary\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        return head % len(payload) + payload + end

    def chunk(self, data: bytes) -> bytes:
        return b"%x\r\n" % len(data) + data + b"\r\n"

    @pytest.mark.parametrize(
        "named", [b"Transfer-Encoding: chunked", b"Content-Length: 5000000000"]
    )
    def test_each_part_is_durable_while_it_goes_on(self, agent: HttpAgent, named: bytes) -> None:
        kind = b"Content-Type: multipart/mixed; boundary=MIME_boundary\r\n"
        line = raw(agent, self.HEAD + kind + named + b"\r\n\r\n")
        for serial in range(9001, 9004):
            data = self.part(serial)
            line.sendall(self.chunk(data) if b"chunked" in named else data)
            eventually(lambda serial=serial: len(agent.ids()) == serial - 9000)  # type: ignore[misc]
        line.close()
        eventually(lambda: agent.server.counters.connections == 0)
        assert len(agent.ids()) == 3

    def test_its_pictures(self, agent: HttpAgent) -> None:
        kind = b"Content-Type: multipart/mixed; boundary=MIME_boundary\r\n"
        line = raw(agent, self.HEAD + kind + b"Transfer-Encoding: chunked\r\n\r\n")
        picture = b"--MIME_boundary\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
        line.sendall(self.chunk(self.part(9001) + picture % len(JPEG) + JPEG))
        line.sendall(self.chunk(b"\r\n" + self.part(9002) + b"--MIME_boundary--\r\n"))
        line.sendall(self.chunk(b"") + b"")
        eventually(lambda: len(agent.ids()) == 2)
        first, second = agent.rig.events()
        assert (len(first.data.media), len(second.data.media)) == (1, 0)
        line.shutdown(socket.SHUT_WR)
        assert heard(line).startswith(b"HTTP/1.1 200 ")

    def test_one_that_is_none_is_set_aside(self, agent: HttpAgent) -> None:
        kind = b"Content-Type: multipart/mixed\r\nTransfer-Encoding: chunked\r\n\r\n"
        line = raw(agent, self.HEAD + kind + self.chunk(b"no boundary at all") + b"0\r\n\r\n")
        line.shutdown(socket.SHUT_WR)
        assert heard(line).startswith(b"HTTP/1.1 200 ")
        assert len(agent.reasons()) == 1

    def test_silence_ends_it(self, agents: Agents) -> None:
        agent = agents(stream_idle_s=0.1)
        kind = b"Content-Type: multipart/mixed; boundary=B\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert heard(raw(agent, self.HEAD + kind)) == b""


def test_over_tls(agents: Agents, tmp_path: Path) -> None:
    authority(tmp_path, "ca")
    certificate(tmp_path, "server", "ca", "127.0.0.1")
    agent = agents(cert_file="server.pem", key_file="server.key", tls_port=0, plain=False)
    trusted = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    trusted.check_hostname = False
    url = f"https://127.0.0.1:{agent.server.tls_port}"
    with httpx.Client(
        base_url=url, auth=("cam", SECRET), verify=trusted, trust_env=False
    ) as client:
        for number in range(3):
            topic, payload = native(number)
            assert client.post(f"/{topic}", content=payload).status_code == 200
        assert client.post("/hikvision/x", content=b"x" * 500_000).status_code == 200
    assert len(agent.ids()) == 3
    assert heard(raw_tls(agent, b"GET / HTTP/1.1\r\n\r\n")) == b""
    eventually(lambda: agent.refused().get("tls"))


def raw_tls(agent: HttpAgent, said: bytes) -> socket.socket:
    """Plain words to where TLS is spoken."""
    made = socket.create_connection(("127.0.0.1", agent.server.tls_port), PATIENCE)
    made.sendall(said)
    return made


class TestAProcess:
    """`menwei edge` as it is run."""

    @pytest.fixture
    def process(self, tmp_path: Path, nats: Nats) -> Iterator[tuple[EdgeProcess, str]]:
        path, port = configured(tmp_path / "edge", nats, signer_of(1).public), free_port()
        with path.open("a") as file:
            file.write(f'[http]\nport = {port}\nallow = ["127.0.0.0/8"]\n')
        process = EdgeProcess(path)
        yield process, f"http://127.0.0.1:{port}"
        process.kill()
        print(tail(process.log))

    def test_killed_right_after_its_answer(self, process: tuple[EdgeProcess, str]) -> None:
        edge, url = process
        edge.start()
        with httpx.Client(base_url=url, trust_env=False) as client:
            for number in range(30):
                assert client.post("/site/access/door-07", content=native(number)[1]).is_success
            edge.kill()
            assert [one.id for one in edge.events()] == [f"door-07-{n}" for n in range(30)]
            edge.start()
            eventually(lambda: listens(client))
            assert client.post("/site/access/door-07", content=native(29)[1]).is_success
        assert edge.stop() == 0
        assert len(edge.events()) == 30

    def test_who_has_no_such_devices_loads_none_of_it(self) -> None:
        names = ("h11", "httpx", "edge.http.server")
        told = f"import sys, edge.agent; print([n for n in {names} if n in sys.modules])"
        done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True)
        assert done.stdout.strip() == b"[]"


def listens(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get("/healthz").is_success
    return False
