"""Mixed transport (混装混运): the bin's stream, the vehicle's and the facility's, side by side."""

from typing import Literal

from projections.waste_district.rows.register import FacilityVersion

Mixed = Literal["", "bins", "facility", "taken-as"]

LIFTS = 3  # one wrong lift is a slip, and in thousands of trips so are two; as many are not
SLIPS = 2  # ... nor as few, where they are much of the load
SHARE_PERCENT = 20


def mixed(
    stream: str,
    *,
    wrong_lifts: int,
    wrong_g: int,
    lifted_g: int,
    facility: FacilityVersion | None,
    taken_as: str,
) -> Mixed:
    """Why, the plainest first; empty: it is not, as far as is known. `facility`: that took the
    load, None where none did; `taken_as`: its word for what it took."""
    much = wrong_lifts >= SLIPS and wrong_g * 100 >= lifted_g * SHARE_PERCENT and wrong_g > 0
    if wrong_lifts >= LIFTS or much:
        return "bins"
    if not stream:
        return ""
    if facility is not None and facility.accepts and stream not in facility.accepts:
        return "facility"
    return "taken-as" if taken_as and taken_as != stream else ""
