"""What the district's vehicles lifted in every compound, made once for all who look at one of them:
lifters are enrolled with the fleet, so a compound's own view knows nothing of their weights."""

from collections.abc import Mapping

from projections.console.district.boards import Question, Seen
from projections.days import DAY_MS, day_of
from projections.waste_district.asked.over_time import Collected, by_compound

DAYS = 30

Gathered = Mapping[str, tuple[Collected, ...]]  # compound → its last days, today the last of them


def gathered(seen: Seen) -> Gathered:
    since = day_of(seen.now_ms - (DAYS - 1) * DAY_MS)
    return by_compound(seen.kinds, since, seen.today)


GATHERED = Question("gathered", gathered, "days")
