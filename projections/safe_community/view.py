"""The safe-community view (智慧平安小区): rows, fold and how they are shown."""

from typing import Any

import msgspec

from projections.alarms import fold as alarms
from projections.instant import KIND as CLOCK
from projections.instant import Clock
from projections.safe_community import occupancy
from projections.safe_community.fold import NAME, fold
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.care import Care
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.duty import Duty
from projections.safe_community.rows.findings import Finding
from projections.safe_community.rows.gateways import Gateway
from projections.safe_community.rows.handoff import Handoff
from projections.safe_community.rows.moves import Moves
from projections.safe_community.rows.orders import Order
from projections.safe_community.rows.passages import Flow, Recent
from projections.safe_community.rows.places import Inside, Place
from projections.safe_community.rows.policy import Rulebook
from projections.safe_community.rows.presence import Device
from projections.safe_community.rows.screening import Held
from projections.safe_community.rows.vehicles import Parked
from projections.safe_community.rows.visitors import Pass
from projections.safe_community.rows.watching import Watched
from projections.view import Kinds, Row, View, listed

# References tell one person's passages from another's: they are for look-ups, which are on record
# (projections.web.lookups), and not for a screen.
_REFERENCES = ("ref", "hostRef", "plateRef")
# What a row keeps for what may still come, and nobody is shown.
_KEPT = {
    "door": ("grants", "takes", "faces", "faceOnly"),
    "place": ("known", "anonymous"),
    "care": ("spans",),
    "policy": ("editions",),
}


def present(rows: Kinds) -> dict[str, Any]:
    """Lists by name, sorted, so that equal rows give equal bytes."""
    recent = rows.get("recent", {}).get("passages")
    passages = recent.passages if isinstance(recent, Recent) else ()
    return {
        "doors": _shown(rows, "door"),
        "passages": [_bare(row) for row in passages],
        "minutes": listed(rows, "minute"),
        "hours": listed(rows, "hour"),
        "cameras": listed(rows, "camera"),
        "devices": listed(rows, "device"),
        "gateways": listed(rows, "gateway"),
        **alarms.present(rows),
        "places": [_without("place", row) for row in occupancy.places(rows)],
        "inside": _shown(rows, "inside"),
        "parked": _shown(rows, "parked"),
        "passes": [_bare(row) for row in occupancy.passes(rows)],
        "watched": [_anonymous(row) for row in occupancy.watched(rows)],
        "care": _shown(rows, "care"),
        "screening": _shown(rows, "held"),
        "findings": listed(rows, "finding"),
        "policy": _one(rows, "policy", Rulebook()),
        "handoffs": listed(rows, "handoff"),
        "duty": _one(rows, "duty", Duty()),
        "orders": [
            {"id": key, **msgspec.to_builtins(row)}
            for key, row in sorted(rows.get("order", {}).items())
        ],
    }


def _shown(rows: Kinds, kind: str) -> list[Any]:
    found = rows.get(kind, {})
    return [_without(kind, found[key]) for key in sorted(found)]


def _without(kind: str, row: Row) -> dict[str, Any]:
    shown = _bare(row)
    for name in _KEPT.get(kind, ()):
        shown.pop(name, None)
    return shown


def _bare(row: Row) -> dict[str, Any]:
    return _anonymous(msgspec.to_builtins(row))


def _anonymous(shown: dict[str, Any]) -> dict[str, Any]:
    for name in _REFERENCES:
        shown.pop(name, None)
    if isinstance(decision := shown.get("decision"), dict):
        _anonymous(decision)
    return shown


def _one(rows: Kinds, kind: str, none: Row) -> dict[str, Any]:
    return _without(kind, rows.get(kind, {}).get(kind, none))


SAFE_COMMUNITY = View(
    name=NAME,
    version=4,
    kinds={
        "door": Door,
        "recent": Recent,
        "minute": Flow,
        "hour": Flow,
        "camera": Camera,
        "device": Device,
        "gateway": Gateway,
        CLOCK: Clock,
        "place": Place,
        "inside": Inside,
        "moves": Moves,
        "parked": Parked,
        "drives": Moves,
        "pass": Pass,
        "watch": Watched,
        "care": Care,
        "held": Held,
        "finding": Finding,
        "policy": Rulebook,
        "duty": Duty,
        "order": Order,
        "handoff": Handoff,
        **alarms.KINDS,
    },
    fold=fold,
    present=present,
)
