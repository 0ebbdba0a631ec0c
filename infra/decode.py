"""`menwei decode`: what the intake would make of a payload, without a broker or a journal."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.errors import ConfigError
from core.event import Draft
from devices import registry
from devices.adapter import Message, Site


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
    if isinstance(outcome, registry.Aside):
        _print({"aside": outcome.reason, "adapter": outcome.adapter, "detail": outcome.detail})
        return 1
    for draft in outcome.drafts:
        _print(_shown(draft, outcome.adapter))
    return 0


def _shown(draft: Draft, adapter: str) -> dict[str, object]:
    """The draft as the event it becomes. What would be a keyed reference or sealed is marked
    as such: this command runs without a gateway's keys and must not print a person either."""
    data = msgspec.to_builtins(draft.data)
    shown: dict[str, object] = {
        "specversion": "1.0",
        "id": draft.id,
        "type": draft.data.TYPE,
        "device": draft.device,
        "subject": draft.subject,
        "time": draft.time,
        "timequality": draft.timequality if draft.time else "gateway",
        "origin": draft.origin,
        "adapter": adapter,
        "data": data,
    }
    if draft.personal is not None:
        personal = draft.personal
        if personal.into:
            head, *rest = personal.into.split("_")
            data[head + "".join(part.title() for part in rest)] = f"<HMAC of {personal.kind}>"
        shown["sealed"] = sorted(personal.fields)
    return shown


def _print(value: object) -> None:
    print(msgspec.json.encode(value).decode())
