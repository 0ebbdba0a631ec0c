"""The plain post of bins with an Android brain: who put how much behind which flap."""

from typing import Any

from core.errors import Undecodable
from core.event import Draft
from core.events import waste
from core.moment import TimeQuality
from devices.adapter import Site
from devices.fields import Json, digest, moment, native, number, reveals, slug, text, unix
from devices.onenet.facts import category_of, grams, resident

_WEIGHTS = {
    "post_weight": "postWeight", "former_weight": "formerWeight", "now_weight": "nowWeight",
}  # fmt: skip
_KINDS = ("bin_type", "binType")
_MOST = 1000
_MILLISECONDS = 1e11  # a Unix time above it is in milliseconds


def is_post(parsed: Any) -> bool:
    """Also several in one list."""
    if isinstance(parsed, list):
        return 0 < len(parsed) <= _MOST and all(
            isinstance(one, dict) and is_post(one) for one in parsed
        )
    if not isinstance(parsed, dict) or parsed.keys().isdisjoint(_KINDS):
        return False
    return not parsed.keys().isdisjoint(("post_weight", "now_weight", "postWeight", "nowWeight"))


def post(parsed: Json, site: Site) -> Draft:
    """The unit is not in it: `options.unit`, else grams where all weights are whole numbers."""
    key = slug(text(parsed, "device_id", "deviceId"))
    if not key:
        raise Undecodable("field", "device_id")
    if reveals(key):
        raise Undecodable("personal", "the device's name is a person's or a plate")
    known = site.known(key)
    told = {
        name: found
        for name, other in _WEIGHTS.items()
        if (found := number(parsed, name, other)) is not None
    }
    given = known.options.get("unit", "")
    whole = all(value.is_integer() for value in told.values())
    unit = "kg" if given == "kg" or (given != "g" and not whole) else "g"
    net = told.get("post_weight")
    if net is None:
        if not {"now_weight", "former_weight"} <= told.keys():
            raise Undecodable("field", "post_weight")
        net = told["now_weight"] - told["former_weight"]
    kind = text(parsed, *_KINDS)[:8]
    category, certain = category_of(known, kind, kind.upper(), kind.lower())
    time, quality = _time(parsed, key, site)
    bin_id = slug(text(parsed, "bin_id", "binId"))
    bin_id = "" if reveals(bin_id) else bin_id
    personal = resident(parsed)
    return Draft(
        id=f"onenet:{key}:1:post:{bin_id or slug(kind) or '-'}:{time or digest(kind, str(net))}",
        device=key,
        subject=known.subject or f"point/{known.name or key}",
        time=time,
        timequality=quality,
        data=waste.DepositRecorded(
            category=category,
            bin=bin_id or key,
            net_g=grams(net, "kg" if unit == "kg" else "g", "post_weight"),
            native=native(
                "onenet",
                binType=kind if kind.isalpha() else "",
                unit=unit,
                assumed="" if certain else "category",
            ),
        ),
        personal=personal,
        mark=personal.identifier if personal else "",
        unnumbered=not time,
    )


def _time(parsed: Json, key: str, site: Site) -> tuple[str, TimeQuality]:
    at = number(parsed, "timestamp", "time")
    if at is not None:
        return unix(at / 1000 if at > _MILLISECONDS else at), "device-zone"
    told = text(parsed, "timestamp", "time")
    return moment(told, site.zone_of(key)) if told else ("", "gateway")
