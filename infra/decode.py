"""`menwei decode`: what the intake would make of a payload, without a broker or a journal."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.errors import ConfigError
from devices import registry
from devices.adapter import Message, Site
from devices.shown import shown


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
    return max([_one(Message(topic, each), site, adapter) for each in payloads], default=0)


def _one(message: Message, site: Site, adapter: str) -> int:
    outcome = registry.decode(message, site, adapter)
    for line in shown(outcome):
        _print(line)
    return 1 if isinstance(outcome, registry.Aside) else 0


def _print(value: object) -> None:
    print(msgspec.json.encode(value).decode())
