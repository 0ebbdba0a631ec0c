"""The witnesses of the log on the devices' page."""

from typing import get_args

import msgspec
import pytest

from core.events.custody import Language
from projections.console.texts import LANGUAGES, Words
from projections.console.witnessed import items
from projections.web.witnessing import State, Witnessing, WitnessStanding
from tests.unit.console.test_alarms import sight, text
from tests.unit.console.test_screens import WORDS

CITY = WitnessStanding(
    name="city", url="http://w", state="following", size=1_234, at="2026-11-20T03:00:00Z"
)


def drawn(found: Witnessing | None, words: Words = WORDS) -> list[str]:
    seen = msgspec.structs.replace(sight(), witnessing=found)
    return [str(item.draw()) for item in items(seen, words)]


def test_no_witness_is_asked() -> None:
    assert drawn(None) == []


def test_all_of_it_is_cosigned() -> None:
    whole, city = drawn(Witnessing(published=1_234, witnessed=1_234, witnesses=[CITY]))
    assert "calm" in whole
    assert WORDS("witness.covered") in whole
    assert "1,234" in city
    assert "calm" in city


@pytest.mark.parametrize(("tail_s", "look"), [(9.0, "unknown"), (61.0, "hot")])
def test_what_is_not(tail_s: float, look: str) -> None:
    whole, *_ = drawn(Witnessing(published=2_000, witnessed=1_234, tail_s=tail_s, witnesses=[CITY]))
    assert "766" in whole
    assert look in whole


@pytest.mark.parametrize("state", ["inconsistent", "ahead", "forgot"])
def test_another_history_is_hot_and_says_why(state: State) -> None:
    bad = msgspec.structs.replace(CITY, state=state, detail="422 'root'")
    _, city = drawn(Witnessing(published=9, witnessed=9, witnesses=[bad]))
    assert "hot" in city
    assert "422 'root'" in city


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", get_args(State))
def test_every_state_has_its_word(language: Language, state: State) -> None:
    words = Words(language)
    one = msgspec.structs.replace(CITY, state=state)
    seen = msgspec.structs.replace(sight(), witnessing=Witnessing(witnesses=[one]))
    shown = text(items(seen, words)[1].draw())
    assert words.named("witnessstate", state) in shown
    assert words.named("witnessstate", state) != state or language == "en"
