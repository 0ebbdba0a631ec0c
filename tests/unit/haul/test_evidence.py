"""What evidence reaches how far is data, and data with a mistake is refused."""

from pkgutil import get_data

import msgspec
import pytest

from projections.shipped import decoded
from projections.waste_district.lifts.evidence import EVIDENCE, Evidence


def shipped() -> str:
    data = get_data("projections.waste_district.lifts", "evidence.toml")
    assert data is not None
    return data.decode()


def test_what_is_shipped_is_what_is_read() -> None:
    assert decoded(shipped(), Evidence) == EVIDENCE


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("[mixed]", "[mixed]\nlift = 2", "unknown field `lift` - at `$.mixed`"),
        ("slips = 2", "", "missing required field `slips` - at `$.mixed`"),
        ("share_percent = 20", "share_percent = 200", "<= 100 - at `$.mixed.share_percent`"),
        ("every_days = 4", "every_days = 0", ">= 1 - at `$.swapped.every_days`"),
        ("overnight_s = 86_400", "overnight_s = 90_000", "<= 86400 - at `$.load.overnight_s`"),
    ],
)
def test_a_mistake_is_refused_with_its_place(was: str, now: str, says: str) -> None:
    assert was in shipped()
    with pytest.raises(msgspec.ValidationError) as refused:
        decoded(shipped().replace(was, now), Evidence)
    assert says in str(refused.value)
