"""Which alarm rules a hub is told to judge by, and that it says so in the log, once."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import ConfigError, DiskFull, Refused, Unavailable
from core.event import Event
from core.events.alarm import RulesAdopted
from core.events.door import Closed, HeldOpen
from infra.hub.rules import Adoption
from projections import rulebook
from projections.alarms.files import SHIPPED
from projections.alarms.row import Alarm
from projections.alarms.validation import BUILT_IN
from tests.fix_core import FixedClock
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig

OTHER = SHIPPED.read_text(encoding="utf-8").replace(
    'kind = "door.heldopen"\npriority = 2', 'kind = "door.heldopen"\npriority = 3'
)


def adoption(rig: HubRig, path: Path, *, named: bool = False) -> Adoption:
    return Adoption(path, {"c01"}, rig.runner, rig.log.head, rig.own.append, rig.clock, named=named)


@pytest.fixture
def adopted(hub_rig: HubRig) -> list[Event]:
    found: list[Event] = []
    hub_rig.runner.listen(
        lambda page: found.extend(
            one.event for one in page.events if isinstance(one.event.data, RulesAdopted)
        )
    )
    return found


def in_force(rig: HubRig) -> str:
    rig.settle()
    return rulebook.in_force(rig.runner.rows(view, "c01")[1] for view in rig.runner.views).sha256


def test_the_first_start_adopts_what_is_built_in_once(
    hub_rig: HubRig, adopted: list[Event], tmp_path: Path
) -> None:
    path = tmp_path / "rules.toml"
    made = adoption(hub_rig, path)
    made.stand()
    made.stand()  # not folded yet
    assert in_force(hub_rig) == BUILT_IN.sha256
    made.stand()
    adoption(hub_rig, path).stand()  # the next start
    hub_rig.settle()
    (event,) = adopted
    assert isinstance(event.data, RulesAdopted)
    assert len(event.data.rules) == len(BUILT_IN.rules)
    assert event.source == "/c/c01/gw/hub/dev/rules"


def test_a_file_that_changed_is_adopted_at_the_next_start(
    hub_rig: HubRig, adopted: list[Event], tmp_path: Path
) -> None:
    path = tmp_path / "rules.toml"
    adoption(hub_rig, path).stand()
    hub_rig.settle()
    path.write_text(OTHER, encoding="utf-8")
    adoption(hub_rig, path).stand()
    assert in_force(hub_rig) not in ("", BUILT_IN.sha256)
    hub_rig.add([hub_rig.event(HeldOpen(), "door/1", at=hub_rig.clock.now())])
    hub_rig.settle()
    (alarm,) = hub_rig.runner.rows("safe_community", "c01")[1]["alarm"].values()
    assert isinstance(alarm, Alarm)
    assert alarm.priority == 3
    path.unlink()
    adoption(hub_rig, path).stand()
    assert in_force(hub_rig) == BUILT_IN.sha256
    assert len({one.id for one in adopted}) == 3


def test_by_the_api_it_stays_for_the_next_start(
    hub_rig: HubRig, adopted: list[Event], tmp_path: Path
) -> None:
    path = tmp_path / "rules.toml"
    made = adoption(hub_rig, path)
    made.stand()
    hub_rig.settle()
    digest, positions = made.adopt(OTHER, "admin")
    assert positions == {"c01": 2}
    assert made.adopt(OTHER, "admin") == (digest, {})
    assert in_force(hub_rig) == digest
    adoption(hub_rig, path).stand()
    hub_rig.settle()
    assert [one.data.actor for one in adopted if isinstance(one.data, RulesAdopted)] == [
        "", "admin",
    ]  # fmt: skip
    assert [one.origin for one in adopted] == ["live", "manual"]


@pytest.mark.parametrize("trouble", [Unavailable("away"), DiskFull("no room")])
def test_who_adopted_it_is_said_after_an_outage_too(
    hub_rig: HubRig, adopted: list[Event], tmp_path: Path, trouble: Exception
) -> None:
    made = adoption(hub_rig, tmp_path / "rules.toml")
    made.stand()
    hub_rig.settle()
    append, made._append = made._append, failing(trouble)
    with pytest.raises(type(trouble)):
        made.adopt(OTHER, "admin")
    made._append = append
    made.stand()
    assert in_force(hub_rig) not in ("", BUILT_IN.sha256)
    assert [one.data.actor for one in adopted if isinstance(one.data, RulesAdopted)] == [
        "", "admin",
    ]  # fmt: skip


def failing(trouble: Exception) -> Callable[[Sequence[Event]], int]:
    def append(_events: Sequence[Event]) -> int:
        raise trouble

    return append


def test_a_clock_that_was_set_back_adopts_once(
    hub_rig: HubRig, adopted: list[Event], tmp_path: Path
) -> None:
    path, years = tmp_path / "rules.toml", FixedClock(hub_rig.clock.now() + timedelta(days=3650))
    Adoption(path, {"c01"}, hub_rig.runner, hub_rig.log.head, hub_rig.own.append, years,
             named=False).stand()  # fmt: skip
    assert in_force(hub_rig) == BUILT_IN.sha256
    path.write_text(OTHER, encoding="utf-8")
    made = adoption(hub_rig, path)
    for _ in range(3):
        made.stand()
        hub_rig.settle()
    assert in_force(hub_rig) not in ("", BUILT_IN.sha256)
    assert len(adopted) == 2


def test_a_file_that_hub_toml_names_is_not_changed_from_elsewhere(
    hub_rig: HubRig, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OTHER, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        adoption(hub_rig, path, named=True).adopt(OTHER, "admin")
    assert refused.value.reason == "named"


def test_what_is_unfit_changes_nothing(
    hub_rig: HubRig, adopted: list[Event], tmp_path: Path
) -> None:
    path = tmp_path / "rules.toml"
    made = adoption(hub_rig, path)
    for text in ("", "[[rule]]", "x", OTHER.replace("priority = 3", "priority = 9")):
        with pytest.raises(ConfigError):
            made.adopt(text, "admin")
    assert not path.exists()
    hub_rig.settle()
    assert adopted == []
    path.write_text("[[rule]]\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        adoption(hub_rig, path)


def test_a_compound_that_comes_later_adopts_it_then(
    hub_rig: HubRig, adopted: list[Event], tmp_path: Path
) -> None:
    made = Adoption(
        tmp_path / "none", (), hub_rig.runner, hub_rig.log.head, hub_rig.own.append,
        hub_rig.clock, named=False,
    )  # fmt: skip
    assert made.stand() == {}
    hub_rig.add([hub_rig.event(Closed(), "door/1")])
    hub_rig.settle()
    assert set(made.stand()) == {"c01"}
    hub_rig.settle()
    assert len(adopted) == 1
