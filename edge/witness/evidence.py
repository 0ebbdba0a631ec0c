"""Two words of one hub that cannot both be true, kept for an auditor: signed by it, they convince
whoever knows its key, without believing this gateway."""

from datetime import datetime
from pathlib import Path

import msgspec

from core import durable
from core.clock import rfc3339
from core.errors import DiskFull, Refused
from core.receipt import Receipt
from edge.witness.judge import Log


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """`known` and `told` are checkpoints as signed notes; `receipt` carries the second, with the
    proofs that the hub gave for it, under its signature."""

    at: str
    reason: str
    detail: str
    origin: str
    hub_key: str
    known: str
    told: str
    receipt: Receipt


def write(
    folder: Path, found: Refused, known: str, told: str, receipt: Receipt, log: Log, now: datetime
) -> str:
    """The file's name; empty where there is no room for it."""
    name = f"fork-{now:%Y%m%dT%H%M%SZ}.json"
    one = Evidence(
        at=rfc3339(now),
        reason=found.reason,
        detail=found.detail,
        origin=log.origin,
        hub_key=log.key.hex(),
        known=known,
        told=told,
        receipt=receipt,
    )
    try:
        durable.keep(folder / name, msgspec.json.format(msgspec.json.encode(one)), 0o600)
    except DiskFull:
        return ""
    return name
