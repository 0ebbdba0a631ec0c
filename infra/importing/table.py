"""Rows of a table → the messages a device would have sent of them. What they say is then read by
the adapters, like everything a device says: plates and card numbers are sealed there."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

import msgspec

from core.policy import plates
from devices.fields import reveals, slug
from infra.importing import cells
from infra.importing.aside import Unfit, Unusable
from infra.importing.cells import Weight
from infra.importing.columns import Header, Kind
from infra.importing.conflicts import Conflicts, Fact
from infra.importing.weights import FIELDS, judge

_encode = msgspec.json.Encoder().encode
_CHECKED: Mapping[str, Callable[[str], object]] = {
    "category": cells.category,
    "direction": cells.direction,
    "purity": lambda told: cells.fraction(told, "purity"),
    "quality": lambda told: cells.fraction(told, "quality"),
    "lat": lambda told: cells.number(told, "lat"),
    "lon": lambda told: cells.number(told, "lon"),
}


class Table:
    """Rows of one head. `conflicts`: what they must not contradict, also those of other heads."""

    def __init__(
        self,
        kind: Kind,
        head: Sequence[Header | None],
        *,
        key: bytes,
        compound: str,
        unit: str,
        zone: tzinfo | None,
        conflicts: Conflicts,
    ) -> None:
        """Unusable("no-compound") where an option has to say what no column does."""
        self.kind = kind
        self._head = head
        columns = [one for one in head if one is not None]
        self._units = {one.field: one.unit or unit for one in columns if one.field in FIELDS}
        self._zone = zone
        self._compound = compound or kind.compound
        self._ids = hashlib.blake2b(key=key, digest_size=16)
        self._conflicts = conflicts
        if not self._compound and all(one.field != "compound" for one in columns):
            raise Unusable("no-compound")

    def message(self, row: int, told: Sequence[str]) -> bytes:
        """Empty for a row without anything in it. Unfit says what is wrong with it."""
        values = self.values(told)
        if len(told) != len(self._head) and any(one.strip() for one in told):
            raise Unfit("ragged", f"{len(told)} of {len(self._head)} columns")
        if not values:
            return b""
        if missing := self.kind.lacks(tuple(values)):
            raise Unfit("missing", " | ".join(missing))
        at = cells.moment(_when(values), self._zone, "time")
        arrived = at
        if recorded := values.get("recorded"):
            arrived = cells.moment(recorded, self._zone, "recorded")
        weights = self.weights(values)
        judge(self.kind, weights)
        data = self._data(values, weights)
        values["time"] = cells.stamp(at)
        values.setdefault("compound", self._compound)
        self._conflicts.look(row, _fact(values, data, at.timestamp()))
        return self._said(values, data, cells.stamp(arrived))

    def _said(self, values: Mapping[str, str], data: Mapping[str, object], arrived: str) -> bytes:
        kind = self.kind
        device = next((values[one] for one in kind.device if one in values), "")
        device = kind.name if not slug(device) or reveals(device) else slug(device)
        payload = {
            "specversion": "1.0",
            "id": f"{kind.name}:{self._named(values)}",
            "source": f"/imported/{device}",
            "type": kind.type,
            "time": values["time"],
            "data": data,
        }
        if subject := values.get(kind.subject, ""):  # an empty one would be read the slow way
            payload["subject"] = f"{kind.subject}/{slug(subject)}"
        topic = f"site/{kind.name}/{device}"
        return _encode(
            {"compound": values["compound"], "topic": topic, "time": arrived, "payload": payload}
        )

    def weights(self, values: Mapping[str, str]) -> dict[str, Weight]:
        return {
            field: cells.weight(values[field], unit, field)
            for field, unit in self._units.items()
            if field in values
        }

    def values(self, told: Sequence[str]) -> dict[str, str]:
        """Of the columns that are known and filled in."""
        found = {
            one.field: value
            for one, cell in zip(self._head, told, strict=False)
            if one is not None and (value := cells.text(cell))
        }
        # Where vehicles have no numbers, their plates stand in that column.
        if "plate" not in found and plates.kind(found.get("vehicle", "")):
            found["plate"] = found.pop("vehicle")
        return found

    def _data(self, values: Mapping[str, str], weights: Mapping[str, Weight]) -> dict[str, object]:
        data: dict[str, object] = {}
        for field, key in self.kind.data.items():
            if field in weights:
                data[key] = weights[field].grams
            elif field in values:
                check = _CHECKED.get(field)
                data[key] = check(values[field]) if check else values[field]
        if "net" not in weights and {"gross", "tare"} <= weights.keys():
            data["netG"] = weights["gross"].grams - weights["tare"].grams
        return data

    def _named(self, values: Mapping[str, str]) -> str:
        """Keyed: a plate or a card could be told from a plain hash."""
        fields = self.kind.key
        if self.kind.otherwise and fields[-1] not in values:
            fields = self.kind.otherwise
        digest = self._ids.copy()
        digest.update("\0".join(values.get(one, "") for one in ("compound", *fields)).encode())
        return digest.hexdigest()


def _when(values: Mapping[str, str]) -> str:
    """A column called time has the day in it, or stands beside one that has."""
    time, day = values.get("time", ""), values.get("day", "")
    if time and not (day and cells.is_clock(time)):
        return time
    clock = values.get("clock", "") or time
    return f"{day.partition(' ')[0]} {clock}" if clock else day  # spreadsheets add 0:00:00 to days


def _fact(values: Mapping[str, str], data: Mapping[str, object], second: float) -> Fact:
    lat, lon = data.get("lat"), data.get("lon")
    here = (lat, lon) if isinstance(lat, float) and isinstance(lon, float) else None
    return Fact(
        vehicle=values.get("vehicle") or values.get("plate", ""),
        place=values.get("site", values["compound"]),
        here=here,
        second=second,
        tag=values.get("tag", ""),
        bin=values.get("bin", ""),
    )
