"""The district's waste (全区垃圾收运): a view over all compounds, from the bin to the facility."""

from typing import Any

import msgspec

from projections.alarms import fold as alarms
from projections.instant import KIND as CLOCK
from projections.instant import Clock
from projections.view import Kinds, Row, View, listed
from projections.waste_district.fold import ABOUT, NAME, fold
from projections.waste_district.rows.hauls import Haul
from projections.waste_district.rows.kinds import KINDS

# What hauls keep to be settled by, and what only tells where to look, is shown to nobody.
_FACTS = "facts"
_SHOWN = {
    "compounds": "compound", "points": "point", "bins": "bin", "tags": "tag",
    "carriers": "carrier", "vehicles": "vehicle", "facilities": "facility",
    "weighbridges": "weighbridge", "routes": "route", "hauls": "haul", "tickets": "ticket",
    "trips": "trip", "revisions": "revision", "deeds": "deeds", "exports": "export",
    "dispatches": "dispatch", "imports": "import",
}  # fmt: skip


def present(rows: Kinds) -> dict[str, Any]:
    """Things with the key they go by, in its order, so that equal rows give equal bytes."""
    return {
        "mark": listed(rows, "mark"),
        **{name: _keyed(rows, kind) for name, kind in _SHOWN.items()},
        **alarms.present(rows),
    }


def _keyed(rows: Kinds, kind: str) -> list[dict[str, Any]]:
    found = rows.get(kind, {})
    return [{"key": key, **_bare(found[key])} for key in sorted(found)]


def _bare(row: Row) -> dict[str, Any]:
    """References to plates stay in rows, for look-ups that are on record (I6)."""
    told: dict[str, Any]
    if isinstance(row, Haul):
        told = {
            one.encode_name: msgspec.to_builtins(getattr(row, one.name))
            for one in msgspec.structs.fields(row)
            if one.name != _FACTS
        }
    else:
        told = msgspec.to_builtins(row)
    for part, reference in (("versions", "plateRef"), ("words", "vehicleRef")):
        for one in told.get(part, ()):
            one.pop(reference, None)
    return told


WASTE_DISTRICT = View(
    name=NAME,
    version=2,
    kinds={**KINDS, **alarms.KINDS, CLOCK: Clock},
    fold=fold,
    present=present,
    over="district",
    about=ABOUT,
)
