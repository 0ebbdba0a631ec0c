"""Whatever stands in a register file: it is read, or every mistake has a key and a remedy."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy.findings import Findings
from projections.waste_district.register.entry import KINDS, read

_KEYS = st.sampled_from(
    ["name", "bin", "of", "compound", "point", "validFrom", "category", "subcategory", "volumeL",
     "tareG", "uidHex", "tech", "plateRef", "scale", "bins", "vehicle", "weekdays", "start", "lat",
     "lon", "type", "title", "replacedBy", "accepts", "hours", "reason", "else"]
)  # fmt: skip
_GOOD = st.sampled_from(
    ["2026-10-01T00:00:00+08:00", "c01", "c01/b1", "b1", "bin", "food", "paper", "AABB", "uhf",
     "05:30", "06:30-09:30", f"s:{'a' * 32}", 240, 12_500, 22.5, ["b1"], ["food"], [1, 7], {}]
)  # fmt: skip
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
_RAW = st.builds(
    lambda kind, rest: {**rest, "kind": kind},
    st.sampled_from(list(KINDS)) | _ANY,
    st.dictionaries(_KEYS, _GOOD | _ANY, max_size=10),
)


_SINCE = {"validFrom": "2026-10-01T00:00:00+08:00"}
_WHOLE: dict[str, dict[str, Any]] = {
    "bin": {"name": "b1", "compound": "c01"},
    "point": {"name": "p1", "compound": "c01"},
    "tag": {"bin": "c01/b1", "uidHex": "AABB"},
    "swap": {"bin": "b1", "replacedBy": "b2"},
    "route": {"name": "r1", "vehicle": "v1"},
    "end": {"of": "bin", "name": "c01/b1"},
}
_NEARLY = st.builds(
    lambda kind, more: {"kind": kind, **_SINCE, **_WHOLE[kind], **more},
    st.sampled_from(list(_WHOLE)),
    st.dictionaries(_KEYS, _GOOD, max_size=2),
)


@given(_RAW | _ANY | _NEARLY)
@settings(max_examples=400, deadline=None)
def test_it_is_read_or_said_why_not(raw: Any) -> None:
    found = Findings()
    entry = read(raw, "it", found)
    assert (entry is None) == bool(found.errors)
    assert all(one.key.startswith("it") and one.what and one.remedy for one in found.errors)
    if entry is not None:
        again = read(json.loads(msgspec.json.encode(entry.line())), "it", Findings())
        assert again == entry
        assert again.id == entry.id
