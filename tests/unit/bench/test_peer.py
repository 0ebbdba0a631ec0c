"""The peer gets a platform it believes in, and is asked for what our journal keeps."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.bench.intake_mix import compound
from tests.bench.peer import answer, configuration, ids_in, installed


def publish(topic: str, packet: int) -> bytes:
    return struct.pack(">H", len(topic)) + topic.encode() + struct.pack(">H", packet) + b"{}"


@pytest.mark.parametrize(
    ("level", "head", "body", "given"),
    [
        (4, 0x10, b"", b"\x20\x02\x00\x00"),
        (5, 0x10, b"", b"\x20\x03\x00\x00\x00"),
        (4, 0x82, b"\x00\x07\x00\x01a\x01\x00\x01b\x00", b"\x90\x04\x00\x07\x00\x00"),
        (5, 0x82, b"\x00\x07\x00\x00\x01a\x01", b"\x90\x04\x00\x07\x00\x00"),
        (4, 0xA2, b"\x00\x07\x00\x01a", b"\xb0\x02\x00\x07"),
        (5, 0xA2, b"\x00\x07\x00\x00\x01a", b"\xb0\x04\x00\x07\x00\x00"),
        (4, 0xC0, b"", b"\xd0\x00"),
        (4, 0xE0, b"", b""),
    ],
)
def test_the_platform_answers_what_keeps_a_client_going(
    level: int, head: int, body: bytes, given: bytes
) -> None:
    assert answer(level, head, body) == given


def test_telemetry_is_left_unanswered_and_everything_else_is_not() -> None:
    assert answer(4, 0x32, publish("v1/gateway/telemetry", 9)) == b""
    assert answer(4, 0x32, publish("v1/gateway/connect", 9)) == b"\x40\x02\x00\x09"
    assert answer(4, 0x30, publish("v1/gateway/connect", 9)) == b""


def test_the_ids_of_a_row_are_found_however_it_was_mapped() -> None:
    row = {"deviceName": "d", "telemetry": [{"ts": 1, "values": {"id": "a", "cause": "x"}}]}
    assert ids_in(json.dumps(row)) == ["a"]
    assert ids_in('{"deviceName": "d", "attributes": {}}') == []


def test_every_field_a_device_says_is_mapped(tmp_path: Path) -> None:
    files: Any = configuration(1883, 1884, tmp_path, named=True)
    mapped = {
        one["topicFilter"]: {entry["value"] for entry in one["converter"]["timeseries"]}
        for one in files["mqtt.json"]["mapping"]
    }
    for device in compound(4, "a", 7):
        for spoken in device.says(4):
            told = json.loads(spoken.payload)
            paths = {f"${{data.{key}}}" for key in told["data"]} | {"${id}", "${type}", "${time}"}
            domain = spoken.topic.split("/")[1]
            assert paths <= mapped[f"site/{domain}/+"]


def test_without_the_variable_there_is_no_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MENWEI_BENCH_PEER", raising=False)
    assert installed() is None
    monkeypatch.setenv("MENWEI_BENCH_PEER", "/nowhere/python")
    assert installed() is None
