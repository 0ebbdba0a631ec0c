"""`menwei decode`: what the intake would make of a payload, without a broker or a journal."""

import re
import sys
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.errors import ConfigError
from devices import registry
from devices.adapter import Message, Site
from devices.shown import shown
from edge.http import parts, target
from edge.http.declined import Declined

_HEAD = re.compile(
    rb"(?:(?:POST|PUT) (?P<address>\S{1,4096}) HTTP/1\.[01]|HTTP/1\.[01] \d{3}[^\n]{0,99})\r?\n"
    rb"(?P<headers>(?:[!-9;-~]{1,128}:[^\n]{0,8192}\n){0,100})\r?\n"
)


def decode(file: Path, topic: str, adapter: str, zone: str) -> int:
    """Exit code 0 with one JSON object a line, or 1 with the reason as one JSON object. A file
    whose name ends with `.jsonl` holds a payload a line: 1 when one of them has a reason."""
    try:
        payload = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}). Check the path.") from error
    try:
        site = Site(zone=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "Asia" is a directory
        raise ConfigError(f"--zone {zone}: no such IANA time zone.") from error
    payloads = [payload]
    if file.suffix == ".jsonl":
        payloads = [line for line in payload.split(b"\n") if line.strip()] or payloads
    messages = [one for each in payloads for one in _messages(topic, each)]
    return max([_one(one, site, adapter) for one in messages], default=0)


def _messages(topic: str, payload: bytes) -> list[Message]:
    """What the HTTP intake would make of a request or an answer that was written down, or of a
    body of several parts; anything else is one message. A ZKTeco terminal's own exchange is its
    adapter's to read."""
    head = _HEAD.match(payload)
    if head is None and payload.lstrip()[:2] != b"--":
        return [Message(topic, payload)]
    headers, body = b"", payload
    if head is not None:
        address = head["address"] or b""
        if b"/iclock/" in address:
            return [Message(topic, payload)]
        headers, body = head["headers"], payload[head.end() :]
        topic = topic or _topic_of(address)
    return [
        Message(topic, found.payload, found.media)
        for found in parts.read(_headers(headers), body, topic, keep=False)
    ]


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.decode("latin-1").splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _topic_of(address: bytes) -> str:
    try:
        return target.read(address, 1024).topic
    except Declined:
        return ""


def _one(message: Message, site: Site, adapter: str) -> int:
    outcome = registry.decode(message, site, adapter)
    for line in shown(outcome):
        _print(line)
    return 1 if isinstance(outcome, registry.Aside) else 0


def _print(value: object) -> None:
    print(msgspec.json.encode(value).decode())
