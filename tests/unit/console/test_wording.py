"""What an event says in few words, without raw codes; and a lift nobody weighed empty."""

import pytest

from core.event import Data
from core.events import camera, device, handoff, waste
from projections.alarms.validation import BUILT_IN
from projections.console.places import place
from projections.console.texts import CATALOGUE, Words
from projections.console.wording import told

EN, ZH = Words("en"), Words("zh")


def failed(*, final: bool) -> handoff.Failed:
    return handoff.Failed(
        target="t", object="Face", info_ids=("1",), status_code=0, count=1, events=("e",),
        from_position=1, to_position=1, basis="b", reason="unreachable", final=final,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (waste.BinTared(collection="c", tare_g=900), ["tare 0.9 kg"]),
        (waste.BinCollected(gross_g=14_600), ["gross 14.6 kg"]),
        (waste.LevelMeasured(fullness=0.86, weight_g=8_500), ["86%", "8.5 kg"]),
        (waste.Overflowed(source="camera", zone="bins"), ["bins"]),
        (device.ConditionChanged(condition="battery-low", active=True, part="2", value=11.5,
                                 threshold=12.0), ["Battery low", "2", "begins", "11.5 / 12"]),
        (device.ConditionChanged(condition="storage-full", active=False), ["Storage full", "over"]),
        (camera.VideoTampered(reason="covered"), ["Covered"]),
        (camera.VideoLost(reason="frozen"), ["Frozen"]),
        (camera.RegionEntered(zone="lane", purpose="fire-lane"), ["lane", "Fire lane"]),
        (camera.HealthReported(fps=4.5, dropped=7), ["4.5 fps", "7 dropped"]),
        (camera.ReviewReported(review="r", phase="new", labels=("person",), zones=("yard",)),
         ["begins", "person", "yard"]),
        (failed(final=False), ["Unreachable"]),
        (failed(final=True), ["Unreachable", "1 refused"]),
    ],
)  # fmt: skip
def test_what_is_said(data: Data, said: list[str]) -> None:
    assert told(data, EN) == said
    assert len(told(data, ZH)) == len(said)


def test_alarms_are_about_conditions_and_zones_in_words() -> None:
    assert place("device/nvr/battery-low/2", EN) == "nvr · Battery low · 2"
    assert place("camera/cam-07/landing", EN) == "Camera 7 · landing"
    assert place("alarm/device.power", EN) == "Power or battery"
    assert place("device/a/b", EN) == "a/b"


def test_every_condition_that_is_an_alarm_has_a_word() -> None:
    named = {
        value
        for rule in BUILT_IN.rules
        for one in rule.when
        if one.field == "condition"
        for value in (one.one_of or (one.is_,))
    }
    assert named
    assert {value for value in named if f"condition.{value}" not in CATALOGUE} == set()
