"""A rule file that may not be used is refused whole; each line names file, rule, key, remedy."""

import pytest

from core.errors import ConfigError
from projections.alarms.validation import BUILT_IN, book_of, read, text_of

GOOD = {"name": '"r"', "kind": '"gate.climbed"', "priority": "2", "on": '["gate.climbed.v1"]'}


def rule(**changes: str | None) -> str:
    keys = {**GOOD, **changes}
    return "[[rule]]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items() if v is not None)


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, "own.toml")
    return str(caught.value)


def test_the_plainest_rule_is_taken() -> None:
    book = read(rule(), "own.toml")
    assert [one.name for one in book.rules] == ["r"]


@pytest.mark.parametrize(
    ("changes", "key", "word"),
    [
        ({"priority": "5"}, "priority", "1 (highest) to 4"),
        ({"priority": '"high"'}, "priority", "int"),
        ({"kind": '"Gate!"'}, "kind", "rename"),
        ({"on": '["gate.climed.v1"]'}, "on", "gate.climbed.v1"),
        ({"on": '["no.such.v1"]'}, "on", "no event type"),
        ({"on": '["alarm.raised.v1"]'}, "on", "go round"),
        ({"on": '["timer.fired.v1"]'}, "on", "go round"),
        ({"on": None}, "on", "nothing would raise it"),
        ({"on": '["gate.climbed.v1", "gate.climbed.v1"]'}, "on", "twice"),
        ({"on": '["waste.bin.overflowed.v1"]'}, "on", "another view"),
        ({"kind": '"haul.bin.missed"'}, "on", "the fold tells"),
        ({"on": '["gate.climbed.v1", "camera.loitering.detected.v1"]'}, "on", "bulk"),
        ({"clear": '["camera.region.left.v1"]', "lasting": "true"}, "on", "bulk"),
        ({"clear": '["gate.climbed.v1"]', "lasting": "true"}, "clear", "clear_when"),
        ({"clear": '["door.closed.v1"]'}, "lasting", "lasting = true"),
        ({"lasting": "true"}, "lasting", "nothing would end it"),
        ({"quiet_s": "-1", "lasting": "true"}, "quiet_s", "0 to"),
        ({"when": '[{ field = "colour", is = "red" }]'}, "when", "no field"),
        ({"when": '[{ field = "direction" }]'}, "when", "compared 0 ways"),
        ({"when": '[{ field = "grants", above = 1, below = 2 }]'}, "when", "compared 2 ways"),
        ({"when": '[{ field = "direction", is = "inward" }]'}, "when", "never 'inward'"),
        ({"when": '[{ field = "direction", one_of = ["in", 3] }]'}, "when", "never 3"),
        ({"when": '[{ field = "direction", above = 2 }]'}, "when", "never 2"),
        ({"when": '[{ field = "subject", at_least = 2 }]'}, "when", "never 2"),
        ({"when": '[{ field = "grants", at_least = nan }]'}, "when", "no number"),
        ({"when": '[{ field = "native.code", above = nan }]'}, "when", "no number"),
        ({"count": "1001", "within_s": "60"}, "count", "lower it"),
        ({"quiet_s": "0.0004", "lasting": "true"}, "quiet_s", "shorter"),
        ({"subject": '"all\\u0000"'}, "subject", "rename"),
        ({"subject": '"all of them"'}, "subject", "rename"),
        ({"escalate": '[{ after_s = 60, to = "a\\u202e" }]'}, "escalate", "control"),
        ({"hours": '["22:00"]'}, "hours", "two local times"),
        ({"hours": '["22:00", "24:30"]'}, "hours", "two local times"),
        ({"hours": '["22:00", "22:00"]'}, "hours", "no time"),
        ({"count": "3"}, "count", "within_s"),
        ({"by": '"zone"'}, "by", "no field"),
        ({"subject": '"all"', "by": '"direction"'}, "subject", "keep one"),
        ({"escalate": '[{ after_s = 60, to = "a" }, { after_s = 30, to = "b" }]'}, "escalate",
         "rise"),
        ({"escalate": '[{ after_s = 60, to = "a" }, { after_s = 90, to = "a" }]'}, "escalate",
         "goes round"),
        ({"escalate": '[{ after_s = 60, to = "" }]'}, "escalate", "empty"),
        ({"gb_method": "9"}, "gb_method", "1 to 7"),
        ({"gb_method": "2", "gb_type": "6"}, "gb_type", "up to 5"),
        ({"colour": '"red"'}, "colour", "unknown field"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(changes: dict[str, str | None], key: str, word: str) -> None:
    lines = refused(rule(**changes)).splitlines()
    assert all(line.startswith("own.toml: rule r: ") for line in lines)
    assert any(key in line and word in line for line in lines), lines


@pytest.mark.parametrize(
    "when",
    [
        '{ field = "direction", is = "in" }',
        '{ field = "grants", above = 1.5 }',
        '{ field = "grants", one_of = [1, 2] }',
        '{ field = "native.code", is = 7 }',
        '{ field = "subject", is_not = "gate/east" }',
    ],
)
def test_what_a_field_can_be_is_taken(when: str) -> None:
    assert read(rule(when=f"[{when}]"), "own.toml").rules


def test_everything_wrong_is_said_at_once() -> None:
    assert len(refused(rule(priority="9", gb_method="9")).splitlines()) == 2


def test_two_of_one_name() -> None:
    assert "two of that name" in refused(rule() + rule())


def test_a_rule_behind_one_of_its_kind_that_takes_everything() -> None:
    both = rule(on=None, kind='"door.forced"') + rule(name='"s"', on=None, kind='"door.forced"')
    assert "rule s: name: an earlier rule of kind door.forced takes everything" in refused(both)


def test_one_kind_of_both_lanes() -> None:
    both = rule() + rule(name='"s"', on='["camera.loitering.detected.v1"]')
    assert "use two kinds" in refused(both)


@pytest.mark.parametrize(
    "text",
    ["rule = 1", "x = 1", "[[rule]", "", "[rule]\nname = 1", "rule = " + "[" * 9999,
     "rule = " + "1" * 5000],
)  # fmt: skip
def test_what_is_no_rule_file(text: str) -> None:
    assert refused(text).startswith("own.toml: ")


def test_an_adopted_set_is_the_set_that_was_read() -> None:
    again = book_of(text_of(BUILT_IN))
    assert again is not None
    assert (again.sha256, again.rules) == (BUILT_IN.sha256, BUILT_IN.rules)
    assert book_of("[{}]") is None
    assert book_of("{") is None
