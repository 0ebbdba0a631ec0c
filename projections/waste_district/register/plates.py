"""Vehicles of which only a reference to their plate is known, and who goes by a plate when.

Whoever sees a reference can join it with everything else that is known of the plate (I6), and keys
of hauls and trips are on screens, in answers, findings, alarms and ledgers. So it stands in none:
such a vehicle has a name made from the reference, one way. Long enough for two of them never to be
taken for one, and the same for ever, so that a plate that is registered later finds its hauls.
"""

import re
from hashlib import sha256
from itertools import groupby
from operator import attrgetter

from projections.waste_district.held import Rows
from projections.waste_district.register.names import listed
from projections.waste_district.register.versions import holding, order
from projections.waste_district.rows.register import Vehicle, Version

UNREGISTERED = re.compile(r"unregistered-([0-9a-f]{4})[0-9a-f]{8}", re.ASCII)


class Carried(Version, frozen=True, kw_only=True):
    """`vehicles`: all that have the plate from then on, last the one that got it last. Two are one
    too many."""

    vehicles: tuple[str, ...] = ()


def unregistered(plate_ref: str) -> str:
    """Empty: of no plate."""
    return f"unregistered-{sha256(plate_ref.encode()).hexdigest()[:12]}" if plate_ref else ""


def vehicles_of(rows: Rows, name: str, ms: int) -> tuple[str, ...]:
    """Who has the plate that goes by that name, last the one that got it last."""
    found = []
    for vehicle in listed(rows, "plate", name):
        row = rows.get("vehicle", vehicle, Vehicle)
        version = holding(row.versions, ms) if row else None
        if version is not None and unregistered(version.plate_ref) == name:
            found.append((order(version), vehicle))
    return tuple(vehicle for _, vehicle in sorted(found))


def carried(rows: Rows, name: str) -> tuple[Carried, ...]:
    """Who has that plate from when, of whatever is said of all who ever had it."""
    had = (rows.get("vehicle", one, Vehicle) for one in listed(rows, "plate", name))
    versions = sorted((one for row in had if row for one in row.versions), key=order)
    found = []
    for ms, together in groupby(versions, key=attrgetter("ms")):
        *_, last = together
        found.append(
            Carried(
                ms=ms,
                told=last.told,
                position=last.position,
                id=last.id,
                vehicles=vehicles_of(rows, name, ms),
            )
        )
    return tuple(found)
