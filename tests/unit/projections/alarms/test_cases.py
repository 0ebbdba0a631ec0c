"""The truth table of alarms, as data a security chief can read, and the cases of the shipped
rules."""

import tomllib
from pathlib import Path

import pytest

from core.errors import ConfigError
from projections.alarms import cases
from projections.alarms.files import SHIPPED
from projections.alarms.rules import Book
from projections.alarms.validation import BUILT_IN, checked

TABLE = sorted((Path(__file__).parents[3] / "cases" / "alarms").glob("*.toml"))
SHIPPED_CASES = SHIPPED.with_name("cases.toml")


def table() -> list[tuple[str, Book, cases.Case]]:
    found = []
    for path in TABLE:
        text = path.read_text(encoding="utf-8")
        own = tomllib.loads(text).get("rule")
        book = checked(own, path.name) if own else BUILT_IN
        found += [(f"{path.stem}: {one.title}", book, one) for one in cases.read(text, path.name)]
    return found


CASES = table()


@pytest.mark.parametrize(("book", "case"), [pytest.param(b, c, id=name) for name, b, c in CASES])
def test_the_desk_shows_what_the_table_says(book: Book, case: cases.Case) -> None:
    assert cases.run(book, case) == []


def test_the_table_is_as_large_as_it_was_agreed() -> None:
    assert len(CASES) >= 40
    assert len({name for name, _, _ in CASES}) == len(CASES)


def test_every_case_says_what_is_shown() -> None:
    for name, _, case in CASES:
        assert case.step[-1].shows or any(step.shows for step in case.step), name


def test_every_shipped_rule_has_its_case() -> None:
    assert cases.check_cases(BUILT_IN, cases.load(SHIPPED_CASES)) == []


def test_a_case_that_does_not_hold_is_named_with_step_and_figure() -> None:
    text = """
    [[case]]
    rule = "gate-climbed"
    title = "wrong"
    alarm = "gate.climbed:gate/e"
    step = [
      { at = "12:00", event = "gate.climbed.v1", subject = "gate/e", shows = { priority = 4 } },
      { at = "12:01", shows = "nothing" },
    ]
    """
    found = cases.check_cases(BUILT_IN, cases.read(text, "x"))
    assert "case 'wrong': at 12:00: expected priority 4, the desk shows 2" in found
    assert "case 'wrong': at 12:01: expected no alarm, the desk shows active" in found
    assert "rule duress: no case; write one" in found


def test_a_case_of_no_rule_is_wrong() -> None:
    one = cases.Case(title="x", alarm="a.b:c", rule="gone", step=())
    assert any("no rule 'gone'" in line for line in cases.check_cases(BUILT_IN, [one]))


@pytest.mark.parametrize("text", ["[[case]", "case = 1", "case = " + "1" * 5000, "case = [{}]"])
def test_what_is_no_file_of_cases(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^own\.toml: "):
        cases.read(text, "own.toml")


@pytest.mark.parametrize(
    "step",
    [
        '{ at = "12:00", event = "no.such.v1", subject = "a/b" }',
        '{ at = "25:00" }',
        '{ at = "12:00", act = "shelve", until = "" }',
    ],
)
def test_a_step_that_can_not_be_played_says_so(step: str) -> None:
    text = f'[[case]]\ntitle = "x"\nalarm = "gate.climbed:gate/e"\nstep = [{step}]\n'
    assert any("can not be played" in one for one in cases.run(BUILT_IN, cases.read(text, "x")[0]))
