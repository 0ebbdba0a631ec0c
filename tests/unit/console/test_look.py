"""Style sheets share one page: what one is about must not change what another is about."""

import re
from pathlib import Path

from projections.console import look

_SCOPES = re.compile(r"\.(district|waste)\b|\.ic-district\b")
_RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def test_the_districts_looks_are_of_its_own_pages_alone() -> None:
    css = Path(look.__file__).with_name("district.css").read_text(encoding="utf-8")
    own, _, header = _COMMENT.sub("\0", css.replace("/* The header", "\1")).partition("\1")
    assert header
    selectors = [
        one.strip()
        for rule in _RULE.findall(re.sub(r"@media[^{]*\{|\0", "", own))
        for one in rule.strip("} \n").split(",")
    ]
    assert len(selectors) > 100
    assert [one for one in selectors if not _SCOPES.match(one)] == []
