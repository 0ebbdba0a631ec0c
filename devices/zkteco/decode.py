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
from devices.zkteco.record import attended, event_of, operated, states
from devices.zkteco.rows import Row, looks, named_by, rows
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
        raise _refused()
    drafts: dict[str, Draft] = {}
    for row in rows(message.payload, message.topic):
        for draft in drafts_of(row, site):
            drafts.setdefault(f"{draft.id}\0{draft.mark}", draft)
    return list(drafts.values())


def drafts_of(row: Row, site: Site) -> list[Draft]:
    key = slug(row.serial) or "zkteco"
    if row.table == REFUSED or row.table in BIOMETRIC:
        raise _refused()
    if row.table == "attlog" and len(row.columns) > 1:
        return [attended(row, key, site)]
    if row.table == "operlog" and row.columns:
        made = operated(row, key, site)
        return [] if made is None else [made]
    if row.happened():
        return [event_of(row, key, site)]
    if "sensor" in row.pairs and "alarm" in row.pairs:
        return states(row, key, site)
    if row.table == "attlog" and {"pin", "time"} <= row.pairs.keys():
        names = ("pin", "time", "status", "verified")
        columns = tuple(row.pairs.get(name, "") for name in names)
        return [attended(Row(table="attlog", serial=row.serial, columns=columns), key, site)]
    if row.table in ("options", "user", "operlog"):  # users stand among operations
        return []
    raise Undecodable("shape", "a row of no table that is read here")


def _refused() -> Undecodable:
    return Undecodable("forbidden-type", "templates and pictures are not taken: nothing is kept")


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
            events=("access.granted.v1", "door.forced.v1", "device.tampered.v1"),
            direction="both",
            backfill="ATTLOGStamp: it sends on from there",
        ),
    ),
)
