"""`menwei decode`: the events a payload becomes, or why not; a person is never printed."""

import io
import json
import sys
from pathlib import Path

import pytest

from core.errors import ConfigError
from infra.decode import decode
from tests.fix_edge import PERSONAL, face, native

ZONE = "Asia/Shanghai"


def written(folder: Path, payload: bytes) -> Path:
    path = folder / "payload"
    path.write_bytes(payload)
    return path


def test_a_native_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    topic, payload = native(1)
    assert decode(written(tmp_path, payload), topic, "", ZONE) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["id"], shown["type"], shown["adapter"]) == (
        "door-07-1",
        "door.opened.v1",
        "native",
    )
    assert shown["data"]["cause"] == "grant"


def test_a_person_is_named_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    topic, payload = face(9001)
    assert decode(written(tmp_path, payload), topic, "", ZONE) == 0
    said = capsys.readouterr().out
    shown = json.loads(said)
    assert shown["data"]["subjectRef"] == "<HMAC of employee>"
    assert shown["sealed"] == ["employee", "name"]
    assert not any(value in said for value in PERSONAL)


def test_an_adapter_by_name_needs_no_topic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, face(9001)[1])
    assert decode(path, "", "hikvision", ZONE) == 0
    by_name = json.loads(capsys.readouterr().out)
    assert by_name["adapter"] == "hikvision"
    assert decode(path, "", "", ZONE) == 0
    assert json.loads(capsys.readouterr().out) == by_name  # known by its look as well


def test_what_would_be_set_aside_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decode(written(tmp_path, b"{"), "site/access/door-07", "", ZONE) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (shown["aside"], shown["adapter"]) == ("malformed", "native")


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    topic, payload = native(2)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(payload)))
    assert decode(Path("-"), topic, "", ZONE) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "door-07-2"


@pytest.mark.parametrize("zone", ["Asia/Shangai", "", "../x"])
def test_no_such_zone(tmp_path: Path, zone: str) -> None:
    with pytest.raises(ConfigError, match="--zone"):
        decode(written(tmp_path, b"{}"), "", "", zone)


def test_a_file_of_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, lines = tmp_path / "day.jsonl", [native(1)[1], b"", face(9001)[1]]
    path.write_bytes(b"\r\n".join(lines) + b"\n")
    assert decode(path, "", "", ZONE) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["id"] for one in shown] == ["door-07-1", "hik:025e10aa0007:1:9001"]
    path.write_bytes(b"\n".join([*lines, b"{broken"]))
    assert decode(path, "", "", ZONE) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3
    path.write_bytes(b"\n")
    assert decode(path, "", "", ZONE) == 1


def test_no_such_adapter(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there are: native, hikvision"):
        decode(written(tmp_path, b"{}"), "", "nobody", ZONE)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none: cannot be read"):
        decode(tmp_path / "none", "", "", ZONE)


def test_a_body_of_several_parts_and_a_request_that_was_written_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alert = face(9001)[1]
    body = (
        b'--MIME_boundary\r\nContent-Disposition: form-data; name="event_log"\r\n'
        b"Content-Type: application/json\r\n\r\n" + alert + b"\r\n--MIME_boundary\r\n"
        b'Content-Disposition: form-data; name="Picture"; filename="Picture.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0\r\n--MIME_boundary--\r\n"
    )
    assert decode(written(tmp_path, body), "", "", ZONE) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["id"].endswith(":9001")
    head = (
        b"POST /hik/south HTTP/1.1\r\nHost: gateway\r\n"
        b"Content-Type: multipart/form-data; boundary=MIME_boundary\r\n\r\n"
    )
    for request in (head + body, head.replace(b"\r\n", b"\n") + body):
        assert decode(written(tmp_path, request), "", "", ZONE) == 0
        assert json.loads(capsys.readouterr().out)["id"] == shown["id"]
    plain = b"POST / HTTP/1.1\r\nContent-Type: application/json\r\n\r\n" + alert
    assert decode(written(tmp_path, plain), "", "", ZONE) == 0
    assert json.loads(capsys.readouterr().out)["id"] == shown["id"]


def test_a_stream_that_was_written_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer's head, a heartbeat, and an event; of which the last is cut off by the end."""
    event = (
        b'Code=AccessControl;action=Pulse;index=0;data={\n "Door": 0,\n "Method": 1,\n'
        b' "Status": 1,\n "UTC": 1772408469\n}\r\n'
    )
    body = (
        b"--myboundary\r\nContent-Type: text/plain\r\nContent-Length:9\r\n\r\nHeartbeat\r\n\r\n"
        b"--myboundary\r\nContent-Type: text/plain\r\nContent-Length:200\r\n\r\n" + event
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=myboundary\r\n"
    for said in (body, head + b"\r\n" + body):
        assert decode(written(tmp_path, said), "", "", ZONE) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [one["type"] for one in lines if "type" in one] == ["access.granted.v1"]
