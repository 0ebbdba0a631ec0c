"""Mixed transport (混装混运): the bin's stream, the vehicle's and the facility's, side by side."""

from typing import Literal

from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.rows.register import FacilityVersion

Mixed = Literal["", "bins", "facility", "taken-as"]

_LIMITS = EVIDENCE.mixed


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
    share = wrong_g * 100 >= lifted_g * _LIMITS.share_percent and wrong_g > 0
    if wrong_lifts >= _LIMITS.lifts or (share and wrong_lifts >= _LIMITS.slips):
        return "bins"
    if not stream:
        return ""
    if facility is not None and facility.accepts and stream not in facility.accepts:
        return "facility"
    return "taken-as" if taken_as and taken_as != stream else ""
