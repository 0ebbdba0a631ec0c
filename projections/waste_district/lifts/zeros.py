"""By how much a lifter's empty readings are off, as the bins that it set down say."""

from collections.abc import Iterable

from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.lifts.weights import zero
from projections.waste_district.register.register import Register


def of_lifter(resolved: Iterable[Resolved], register: Register) -> int:
    """Of one day; 0 where too few bins say so. Only what a tag named and where it belongs."""
    off, many = zero(
        (one.lift.tare_g, bin_.tare_g)
        for one in resolved
        if one.counted and one.by == "tag" and one.lift.tare_g is not None and not one.flags
        if (bin_ := register.bin(one.bin, one.lift.ms)) and bin_.tare_g is not None
    )
    return off if many >= EVIDENCE.zero.lifts else 0
