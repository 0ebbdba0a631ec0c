"""The independent account: what was published and acknowledged against what the log holds."""

import base64
import json
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

from core import codec
from core.batch import parse
from core.catalog import CATALOG
from core.event import Recorded
from core.store.sqlite import SQLiteEventStore
from devices import registry
from devices.adapter import Message, Site
from infra.simulate.compound import Compound, known_devices


def logged(data: Path) -> Counter[str]:
    """Event id → how often it stands in the hub's log."""
    store = SQLiteEventStore(data / "hub" / "log.db")
    found: Counter[str] = Counter()
    after = 0
    while page := store.read(after, 1000, 50_000_000):
        for one in page:
            for item in codec.recorded(parse(one.state), one.id, CATALOG):
                if isinstance(item, Recorded):
                    found[item.event.id] += 1
        after = page[-1].id
    store.close()
    return found


def promised(record: Path, compound: str, seed: int) -> set[str]:
    """Ids of the events in every message that the broker acknowledged to the simulator."""
    site = Site(zone=ZoneInfo("Asia/Shanghai"), devices=known_devices(Compound(seed, compound)))
    ids: set[str] = set()
    for line in record.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if not entry["acked"]:
            continue
        message = Message(entry["topic"], base64.b64decode(entry["payload"]))
        outcome = registry.decode(message, site)
        if isinstance(outcome, registry.Decoded):
            ids.update(draft.id for draft in outcome.drafts)
    return ids
