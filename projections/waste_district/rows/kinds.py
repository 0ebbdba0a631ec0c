"""Rows of the district's waste: what is registered, what vehicles did, what was weighed.

Grams are integers; `ms` are milliseconds since 1970 of when something happened; days are China's,
YYYY-MM-DD. Vehicles, routes, facilities, weighbridges, carriers and points go by their bare names,
bins by `{compound}/{bin}`, because two compounds may call bins alike.
"""

from collections.abc import Mapping

from projections.view import Row
from projections.waste_district.rows.hauls import Extra, Haul
from projections.waste_district.rows.kept import Mark
from projections.waste_district.rows.papers import Dispatch, Export, Import
from projections.waste_district.rows.register import (
    Bin,
    Carrier,
    Compound,
    Edition,
    Facility,
    Names,
    Point,
    Route,
    Tag,
    Vehicle,
    Weighbridge,
)
from projections.waste_district.rows.tickets import Ticket, Tickets
from projections.waste_district.rows.trips import Revisions, Trip
from projections.waste_sorting.rows import Deeds

KINDS: Mapping[str, type[Row]] = {
    "compound": Compound,
    "point": Point,
    "bin": Bin,
    "tag": Tag,
    "carrier": Carrier,
    "vehicle": Vehicle,
    "facility": Facility,
    "weighbridge": Weighbridge,
    "route": Route,
    "edition": Edition,
    "named": Names,
    "at": Names,
    "near": Names,
    "driven": Names,
    "plate": Names,
    "day": Names,
    "planned": Names,
    "haul": Haul,
    "extra": Extra,
    "weighed": Tickets,
    "ticket": Ticket,
    "trip": Trip,
    "revision": Revisions,
    "deeds": Deeds,
    "mark": Mark,
    "export": Export,
    "dispatch": Dispatch,
    "import": Import,
}
