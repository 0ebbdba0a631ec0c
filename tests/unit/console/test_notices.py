"""What a page must be read with stands above it, in both languages, and goes when it is over."""

from typing import Any

import msgspec
import pytest

from core.tlog.diverged import Diverged
from projections.console.notices import notices
from projections.console.texts import LANGUAGES, Language, Words
from projections.failure import Failure
from tests.unit.console.test_alarms import sight, text

FAILED = Failure("waste_sorting", 41, 2, "bin:7", "waste.bin.collected.v1", "KeyError in fold")


def shown(language: Language = "en", **changes: Any) -> list[str]:
    found = notices(msgspec.structs.replace(sight(), **changes), Words(language))
    return [text(item.draw()) for item in found]


def test_nothing_is_said_while_all_is_well() -> None:
    assert shown() == []


def test_a_database_that_is_away_is_said() -> None:
    (said,) = shown(away=True)
    assert "does not answer" in said


def test_a_view_that_stands_still_is_named_with_its_event() -> None:
    (said,) = shown(stopped=(FAILED,))
    for part in ("Waste sorting", "41", "waste.bin.collected.v1", "KeyError in fold"):
        assert part in said


def test_events_not_yet_readable_are_counted() -> None:
    (said,) = shown(unread=12)
    assert "12" in said
    assert "not yet readable" in said


def test_a_log_that_is_not_what_was_signed_is_said_on_every_page() -> None:
    (said,) = shown(diverged=Diverged("leaf", 69_117, "another hash"))
    for part in ("69117", "not what was signed", "docs/recovery.md"):
        assert part in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_at_once_in_either_language(language: Language) -> None:
    said = shown(language, compound="", away=True, stopped=(FAILED,), unread=1,
                 diverged=Diverged("head", 2, ""))  # fmt: skip
    assert len(said) == 5
    assert not any("{" in one for one in said)
