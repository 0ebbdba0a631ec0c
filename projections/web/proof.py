"""One event with all that proves it: its line as stored, its batch, checked now."""

import base64
from typing import Any

from core import codec
from core.batch import Batch, parse
from core.clock import rfc3339
from core.errors import BadFrame
from core.tlog.published import Published
from core.tlog.tree import leaf_hash, root_from_inclusion
from projections.web.desk import Desk
from projections.web.lines import lines, shown


def proof(desk: Desk, position: int, index: int) -> dict[str, Any] | None:
    """None when there is no such event. BadFrame when the batch can not even be taken apart."""
    page = desk.log.read(position - 1, 1, 1)
    if not page or page[0].id != position:
        return None
    events = lines(page[0], desk.catalog)
    if index >= len(events):
        return None
    batch = parse(page[0].state)
    header = batch.header
    received = desk.log.received_at(position)
    return {
        "event": shown(events[index]),
        "line": _line(batch, index),
        "batch": {
            "position": position,
            "received": rfc3339(received) if received else None,
            "journal": header.journal.id.hex,
            "epoch": header.journal.epoch,
            "lane": header.journal.lane.name.lower(),
            "number": header.number,
            "first": header.first,
            "last": header.last,
            "key": header.journal.key.hex(),
            "hash": batch.hash.hex(),
            "previous": header.previous.hex(),
            "signed": _signed(batch),
            "chained": _chained(desk, batch),
            "frame": base64.b64encode(batch.frame).decode(),
        },
        "inclusion": _signed_over(desk, position, batch.frame),
    }


def inclusion(published: Published, position: int, frame: bytes) -> dict[str, Any]:
    """The way from the stored frame to the signed root; BadProof("index", …) for a position that
    is not under it."""
    made = published.proof(position)
    leaf, head = leaf_hash(frame), published.checkpoint.head
    root = root_from_inclusion(made.index, head.size, leaf, made.path)
    return {
        "origin": head.origin,
        "index": made.index,
        "size": head.size,
        "leaf": leaf.hex(),
        "path": [one.hex() for one in made.path],
        "root": head.root.hex(),
        "checkpoint": made.checkpoint.decode(),
        "holds": root == head.root,
    }


def _signed_over(desk: Desk, position: int, frame: bytes) -> dict[str, Any] | None:
    published = desk.tlog.published() if desk.tlog is not None else None
    if published is None or position > published.size:
        return None
    return inclusion(published, position, frame)


def _line(batch: Batch, index: int) -> str | None:
    """The stored text; None when another writer broke an object over several lines, or in a
    payload codec not known here."""
    if not batch.readable:
        return None
    found = [line for line in batch.lines().split(b"\n") if line.strip()]
    if len(found) != len(codec.raw_lines(batch)):
        return None
    return found[index].decode("utf-8", "replace")  # `frame` has the bytes


def _signed(batch: Batch) -> bool:
    try:
        batch.check_signature()
    except BadFrame:
        return False
    return True


def _chained(desk: Desk, batch: Batch) -> bool | None:
    """Is `previous` the hash of the stored batch before? The first one follows nothing."""
    header = batch.header
    if header.number == 1:
        return header.previous == bytes(32)
    stored = desk.log.get(header.journal.id, header.number - 1)
    return parse(stored.state).hash == header.previous if stored else None
