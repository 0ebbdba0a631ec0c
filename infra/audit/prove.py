"""`menwei audit prove`: the proof that a batch is in the log, from the hub's files or over HTTP."""

import re
import sys
from contextlib import closing
from pathlib import Path

from rich.console import Console

from core.catalog import CATALOG
from core.errors import BadFrame, BadProof
from core.store.open import open_log
from core.store.port import Log
from core.tlog.stored import reading
from infra.audit.place import signed_log
from infra.audit.remote import Hub
from projections.web.scan import scan, window
from projections.web.selection import Wanted

_POSITION = re.compile("[0-9]{1,18}")


def prove(what: str, data: Path, config: Path | None, hub: Hub | None) -> int:
    """0: printed; 1: there is nothing to prove, in one sentence on standard error."""
    try:
        raw = _asked(hub, what) if hub else _read(what, data, config)
    except (BadFrame, BadProof) as bad:
        print(f"menwei: {what[:80]}: {bad.detail}.", file=sys.stderr)
        return 1
    sys.stdout.write(raw.decode())
    return 0


def _read(what: str, data: Path, config: Path | None) -> bytes:
    found = signed_log(data, config)
    with closing(open_log(found.where)) as log, reading(found.life) as published:
        position = int(what) if _POSITION.fullmatch(what) else _position(log, what)
        if published is None:
            raise BadProof("index", "nothing is signed yet")
        return published.proof(position).encode()


def _position(log: Log, event: str) -> int:
    """Of the newest batch that holds an event of this id."""
    wanted, head = Wanted(ids=frozenset({event})), log.head()
    before: str | None = None
    with Console(stderr=True).status("searching the log") as status:
        while True:
            page = scan(log, CATALOG, wanted, window(None, before, head), 1)
            if page.lines:
                return page.lines[0].item.position
            if page.complete:
                raise BadProof("index", "no event has this id")
            before = str(page.next)
            status.update(f"searching the log, down to batch {before}")


def _asked(hub: Hub, what: str) -> bytes:
    position = what if _POSITION.fullmatch(what) else hub.position(what)
    return hub.proof(position)
