"""How often what goes wrong. Counts are of the whole district in thirty days; rates are of one
opportunity. None of them knows how anybody looks for it."""

from infra.simulate.district.ground import WHOLE

MONTH = 30

# Bins, whenever in the month or before it.
SWAPPED_APART = 14  # pairs: two points, one stream
SWAPPED_ACROSS = 9  # two points and two streams
SWAPPED_BESIDE = 8  # one point, two streams
LOST = 60
STANDING = 0.5  # of these that were so before the month began

# A vehicle's or weighbridge's days.
LATE = 40
ZERO_LIFTER = 40
ZERO_BRIDGE = 8
SILENT = 4
WITHOUT_GPS = 55
DELAYED = 90  # some hours late: no late file
BROKEN_DOWN = 14

# Trips.
MIXED = 60
MIXED_BY_DUMPING = 0.3  # of them: the whole load to a place that is not for it

# Of every planned lift, or point passed.
POINT_SKIPPED = 0.0024
SKIPPED = 0.0024
MADE_GOOD = 0.25  # of what was skipped: another vehicle comes the same day
DOUBLE = 0.0035
WRONG_STREAM = 0.0009
INSTEAD = 0.3  # of wrong ones: and the right bin was left
REFUSED = 0.003
AGAIN = 0.0012  # a bin lifted a second time, in truth
UNWEIGHED = 0.003
UNPLACED = 0.025
IMPOSSIBLE = 0.00005
UNUSABLE = 0.0001  # of deposits: below zero, or kilograms where grams belong
READ_IN_PASSING = 0.02  # a neighbour's tag read and not lifted

# Of every ticket.
LOAD_REFUSED = 0.006
CORRECTED = 0.01
TICKET_LATE = 0.015

# The register, rightly kept.
REPLACED = 12
SCRAPPED = 8
RETAGGED = 24


def scaled(count: int, compounds: int, days: int = MONTH) -> int:
    """For a smaller district or a shorter month; never none."""
    return max(1, round(count * compounds / WHOLE * days / MONTH))
