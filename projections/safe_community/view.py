"""The safe-community view (智慧平安小区): rows, fold and how they are shown."""

from typing import Any

import msgspec

from projections.alarm import Alarm
from projections.instant import KIND as CLOCK
from projections.instant import Clock
from projections.safe_community.fold import fold
from projections.safe_community.rows import Camera, Device, Door, Flow, Gateway, Recent
from projections.view import Kinds, View, listed


def present(rows: Kinds) -> dict[str, Any]:
    """Lists by name, sorted, so that equal rows give equal bytes."""

    recent = rows.get("recent", {}).get("passages")
    passages = recent.passages if isinstance(recent, Recent) else ()
    return {
        "doors": listed(rows, "door"),
        "passages": msgspec.to_builtins(passages),
        "minutes": listed(rows, "minute"),
        "hours": listed(rows, "hour"),
        "cameras": listed(rows, "camera"),
        "devices": listed(rows, "device"),
        "gateways": listed(rows, "gateway"),
        "alarms": listed(rows, "alarm"),
    }


SAFE_COMMUNITY = View(
    name="safe_community",
    version=2,
    kinds={
        "door": Door,
        "recent": Recent,
        "minute": Flow,
        "hour": Flow,
        "camera": Camera,
        "device": Device,
        "gateway": Gateway,
        "alarm": Alarm,
        CLOCK: Clock,
    },
    fold=fold,
    present=present,
)
