"""`menwei rules`: what it prints, what it writes, and how it ends."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from core.clock import rfc3339
from core.errors import ConfigError, EnvironmentFault
from core.events.door import HeldOpen
from core.events.waste import BinCollected
from infra.rules import Wish, adopt, compare
from infra.rules_check import check
from projections.alarms.files import SHIPPED, load
from projections.alarms.validation import BUILT_IN
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig

TEXT = SHIPPED.read_text(encoding="utf-8")
OTHER = TEXT.replace('kind = "door.heldopen"\npriority = 2', 'kind = "door.heldopen"\npriority = 3')
START = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A rule file with the cases that are shipped."""
    path = tmp_path / "mine" / "mine.toml"
    path.parent.mkdir()
    path.write_text(TEXT, encoding="utf-8")
    cases = SHIPPED.with_name("cases.toml").read_text(encoding="utf-8")
    path.with_name("mine.cases.toml").write_text(cases, encoding="utf-8")
    return path


def test_a_fit_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(file, None) == 0
    assert f"{len(BUILT_IN.rules)} rules" in capsys.readouterr().out


def test_a_case_that_fails_is_a_finding(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(OTHER, encoding="utf-8")
    assert check(file, None) == 1
    out = capsys.readouterr().out
    assert "expected priority 2, the desk shows 3" in out
    assert "1 findings" in out


def test_a_rule_without_a_case_is_one_too(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = '[[rule]]\nname = "more"\nkind = "door.closed"\npriority = 4\non = ["door.closed.v1"]\n'
    file.write_text(f"{TEXT}\n{more}", encoding="utf-8")
    assert check(file, None) == 1
    assert "rule more: no case" in capsys.readouterr().out


def test_an_unfit_file_and_one_without_cases(file: Path, tmp_path: Path) -> None:
    file.write_text(TEXT.replace("priority = 1", "priority = 0"), encoding="utf-8")
    with pytest.raises(ConfigError, match="priority"):
        check(file, None)
    alone = tmp_path / "alone.toml"
    alone.write_text(TEXT, encoding="utf-8")
    with pytest.raises(ConfigError, match="--cases"):
        check(alone, None)
    assert check(alone, SHIPPED.with_name("cases.toml")) == 0


def test_adopting_writes_where_the_hub_looks(file: Path, tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    assert adopt(file, tmp_path, None) == 0
    assert load(tmp_path / "hub" / "rules.toml").sha256 == BUILT_IN.sha256
    with pytest.raises(EnvironmentFault):
        adopt(file, tmp_path / "nowhere", None)
    file.write_text("[[rule]]", encoding="utf-8")
    with pytest.raises(ConfigError):
        adopt(file, tmp_path, None)
    assert load(tmp_path / "hub" / "rules.toml").sha256 == BUILT_IN.sha256


def lived(rig: HubRig) -> Wish:
    """A door that was held open, in the folder's log; a wish to compare the hours around it."""
    rig.add([rig.event(HeldOpen(), "door/1", at=START)])
    rig.settle()
    now = rig.clock.now()
    return Wish(
        file=rig.folder / "mine" / "mine.toml",
        since="2026-11-20T00:00:00+08:00",
        until=rfc3339(now + timedelta(days=1)),
        data=rig.folder,
    )


def test_the_same_rules_change_nothing(
    hub_rig: HubRig, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(lived(hub_rig)) == 0
    out = capsys.readouterr().out
    assert "1 alarms as it was, 1 as it would be: 0 appear, 0 disappear, 0 change" in out


def test_others_are_told_as_a_table_and_as_json(
    hub_rig: HubRig, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = lived(hub_rig)
    file.write_text(OTHER, encoding="utf-8")
    assert compare(wish) == 0
    table = capsys.readouterr().out
    assert "priority 2" in table
    assert "1 change" in table
    whole = {name: getattr(wish, name) for name in wish.__struct_fields__}
    assert compare(Wish(**{**whole, "json": True, "compound": "c01"})) == 0
    body = json.loads(capsys.readouterr().out)
    (one,) = body["differences"]
    assert (one["what"], one["kind"]) == ("changes", "door.heldopen")
    assert (one["was"]["priority"], one["would"]["priority"]) == (2, 3)
    assert (body["was"], body["would"]) == (1, 1)


def test_names_are_told_as_they_are(
    hub_rig: HubRig, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = lived(hub_rig)
    held = 'kind = "door.heldopen"\n'
    file.write_text(TEXT.replace(held, f'{held}subject = "[/all]"\n'), encoding="utf-8")
    assert compare(wish) == 0
    assert "[/all]" in capsys.readouterr().out


def test_a_later_part_of_a_district_that_was_entered_before(
    hub_rig: HubRig, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its rows are of no compound; what they come of stands before the range."""
    hub_rig.add([hub_rig.event(BinCollected(net_g=1), "bin/f1", at=START)])
    since = rfc3339(hub_rig.clock.now())
    hub_rig.add([hub_rig.event(BinCollected(net_g=2), "bin/f1", at=START)])
    wish = msgspec.structs.replace(lived(hub_rig), since=since)
    assert compare(wish) == 0
    assert "1 alarms as it was, 1 as it would be" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        {"since": "yesterday"},
        {"since": "2026-11-20T00:00:00"},
        {"until": "2026-11-20T00:00:00+08:00"},
        {"compound": "c02"},
    ],
)
def test_a_range_that_is_none(hub_rig: HubRig, file: Path, change: dict[str, str]) -> None:
    wish = lived(hub_rig)
    whole = {name: getattr(wish, name) for name in wish.__struct_fields__}
    with pytest.raises(ConfigError, match="--"):
        compare(Wish(**{**whole, **change}))
