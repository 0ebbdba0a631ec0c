"""Messages of devices that count their records."""

import json
from collections.abc import Mapping
from datetime import datetime

from core.clock import rfc3339
from tests.fix_edge import EdgeRig, Payload


def numbered(
    number: int, at: datetime, *, device: str = "door-07", counter: str = "", cause: str = "grant"
) -> Payload:
    """Of an urgent record; `counter`: one of its own."""
    data = {"cause": cause}
    return _message(number, at, device, counter, "door.opened.v1", data)


def measured(number: int, at: datetime, *, device: str = "bin-03") -> Payload:
    """Of a bulk record."""
    data = {"distanceMm": 500}
    return _message(number, at, device, "", "waste.bin.level.measured.v1", data)


def _message(
    number: int, at: datetime, device: str, counter: str, kind: str, data: Mapping[str, object]
) -> Payload:
    envelope = {
        "specversion": "1.0", "id": f"{device}-{number}", "type": kind, "time": rfc3339(at),
        "source": f"/{counter}" if counter else f"/devices/{device}",
        "sequence": str(number), "data": data,
    }  # fmt: skip
    return f"site/access/{device}", json.dumps(envelope).encode()


def asked(edge: EdgeRig, sql: str) -> list[tuple[object, ...]]:
    with edge.journal.reading() as c:
        c.execute(sql)
        return [tuple(row) for row in c.fetchall()]
