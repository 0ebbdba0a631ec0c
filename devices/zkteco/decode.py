"""ZKTeco terminals and controllers: both dialects of PUSH, a body as they upload it.

A security record is known by its `index`; a transaction asked for afterwards has the same one and
is the same event. Attendance counts nothing: see `record.attended`.
"""

from core.errors import Undecodable
from core.event import Draft
from devices.adapter import Adapter, Message, Site
from devices.fields import slug
from devices.wire import Dialog, Support
from devices.zkteco.dialog import turn
from devices.zkteco.record import drafts_of, refused
from devices.zkteco.rows import looks, named_by, rows
from devices.zkteco.tables import ALIVE, BIOMETRIC, REFUSED, UNAPPROVED

_PATH = "/iclock"


def decode(message: Message, site: Site) -> list[Draft]:
    _, table = named_by(message.topic)
    if table == ALIVE:
        return []
    if table == UNAPPROVED:
        raise Undecodable(
            "unrecognised", "a terminal nobody approved: its serial is no key below [devices]"
        )
    if table == REFUSED or table in BIOMETRIC:
        raise refused()
    drafts: dict[str, Draft] = {}
    for row in rows(message.payload, message.topic):
        for draft in drafts_of(row, site):
            drafts.setdefault(f"{draft.id}\0{draft.mark}", draft)
    return list(drafts.values())


def alive(message: Message, _site: Site) -> list[str]:
    serial, _ = named_by(message.topic)
    return [slug(serial)] if slug(serial) else []


_EVENTS = (
    "access.granted.v1", "access.denied.v1", "access.requested.v1", "access.duress.v1",
    "access.unclassified.v1", "door.opened.v1", "door.closed.v1", "door.forced.v1",
    "door.heldopen.v1", "door.locked.v1", "door.unlocked.v1", "door.state.reported.v1",
    "device.tampered.v1", "device.connected.v1",
)  # fmt: skip

ADAPTER = Adapter(
    name="zkteco",
    filters=("zkteco/#",),
    decode=decode,
    alive=alive,
    sniffs=looks,
    dialog=Dialog(paths=(_PATH,), turn=turn),
    support=(
        Support(
            device="ZKTeco access controller or terminal (Security PUSH)",
            by="HTTP push",
            events=_EVENTS,
            direction="both",
            backfill="DATA QUERY of transactions, by gaps of index",
            tested="sample",
        ),
        Support(
            device="ZKTeco attendance terminal (PUSH)",
            by="HTTP push",
            events=(
                "access.granted.v1",
                "access.denied.v1",
                "access.duress.v1",
                "access.unclassified.v1",
                "door.opened.v1",
                "door.closed.v1",
                "door.forced.v1",
                "device.tampered.v1",
                "device.connected.v1",
            ),
            direction="both",
            backfill="ATTLOGStamp: it sends on from there",
        ),
    ),
)
