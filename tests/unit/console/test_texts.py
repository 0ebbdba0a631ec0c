"""One catalogue, two languages, nothing missing and nothing left over."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import infra
import projections.console
from core.catalog import CATALOG
from core.event import Origin
from core.events.access import Credential, DenyReason, Direction, SubjectClass
from core.events.door import DoorMode
from core.events.waste import Category, TagTech
from core.moment import TimeQuality
from projections.console.acts import VERBS
from projections.console.bins import ORDER
from projections.console.pulse import _WORDS
from projections.console.texts import CATALOGUE, LANGUAGES, Words, catalogue, preferred
from projections.console.wall import STATES
from projections.safe_community.rows.passages import Decision
from projections.waste_district.asked.board import BIN_STATES, ROUTE_STATES
from projections.waste_district.asked.ledger import Field
from projections.waste_district.rows.trips import GapName
from projections.web.accounts import ROLES

CONSOLE = Path(projections.console.__file__).parent
COMMANDS = Path(infra.__file__).parent
PROGRAMS = [*CONSOLE.rglob("*.py"), *COMMANDS.rglob("*.py")]  # that say something to people


def calls() -> Iterator[tuple[str, str]]:
    """(what is called, first argument as written) of every call with a literal first argument."""
    for path in PROGRAMS:
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(found, ast.Call) and found.args:
                name = ast.unparse(found.func)
                if isinstance(found.args[0], ast.Constant):
                    yield name, str(found.args[0].value)
                elif isinstance(found.args[0], ast.JoinedStr):
                    head = found.args[0].values[0]
                    yield name, str(head.value) if isinstance(head, ast.Constant) else ""


def looked_up() -> set[str]:
    return {text for name, text in calls() if name.endswith("words") and "." in text}


def literals() -> set[str]:
    """Every string constant: keys and groups also travel through variables."""
    found: set[str] = set()
    for path in PROGRAMS:
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                found.add(one.value)
    return found


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_every_text_is_there_in_every_language_with_the_same_fields(key: str) -> None:
    entry = CATALOGUE[key]
    assert set(entry) == set(LANGUAGES)
    assert all(text.strip() for text in entry.values())
    fields = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for text in entry.values()
    ]
    assert fields[0] == fields[1]


def test_every_key_in_the_code_is_in_the_catalogue() -> None:
    used = looked_up()
    assert len(used) > 60
    whole = {key for key in used if not key.endswith(".")}
    assert whole - set(CATALOGUE) == set()
    for start in used - whole:
        assert any(key.startswith(start) for key in CATALOGUE), start


def test_every_group_in_the_code_is_in_the_catalogue_and_every_text_is_used() -> None:
    groups = {text for name, text in calls() if name.endswith(".named")}
    known = {key.partition(".")[0] for key in CATALOGUE}
    assert groups
    assert groups <= known
    starts = tuple(key for key in looked_up() if key.endswith("."))
    everywhere = literals()
    unused = {
        key
        for key in CATALOGUE
        if key.partition(".")[0] not in groups | {"importReason"}
        and key not in everywhere
        and not key.startswith(starts)
    }
    assert unused == set()


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("credential", get_args(Credential)),
        ("deny", get_args(DenyReason)),
        ("direction", get_args(Direction)),
        ("who", (*get_args(SubjectClass), "vehicle")),
        ("decision", get_args(Decision)),
        ("category", (*get_args(Category), "unknown")),
        ("categoryshort", (*ORDER, "unknown")),
        ("origin", get_args(Origin)),
        ("timequality", get_args(TimeQuality)),
        ("role", ROLES),
        ("type", tuple(CATALOG.types)),
        ("pulse", _WORDS),
        (
            "refused",
            (
                "role",
                "unknown",
                "acknowledged",
                "behind",
                "assigned",
                "priority",
                "until",
                "shelved",
                "notshelved",
                "cleared",
                "note",
                "closed",
                "open",
                "handed",
                "watch",
                "taken",
                "over",
            ),
        ),
        ("verb", VERBS),
        ("wall", STATES),
        ("mark", ("closed", "open", "long", "alarm", "fire", "unknown", "up", "lost")),
        ("doormode", get_args(DoorMode)),
        ("binstate", (*BIN_STATES, "ended")),
        ("routestate", ROUTE_STATES),
        ("tagtech", get_args(TagTech)),
        ("liftby", ("tag", "name", "place", "nothing")),
        ("liftflag", ("impossible", "wrong-stream")),
        ("gap", get_args(GapName)),
        ("gapwhy", get_args(GapName)),
        ("mixed", ("bins", "facility", "taken-as")),
        ("tripoutcome", ("open", "delivered", "refused", "undelivered")),
        ("ticketword", ("weighed", "accepted", "refused", "corrected")),
        ("ledgerfield", get_args(Field)),
        ("ledgeroutcome", ("open", "delivered", "refused", "undelivered")),
        (
            "sensorfault",
            ("stuck", "frozen", "jumping", "inverted", "tilted", "out-of-range"),
        ),
        (
            "policyrefused",
            (
                "forged",
                "other-compound",
                "other-document",
                "older",
                "malformed",
                "too-large",
                "missing",
                "damaged",
            ),
        ),
    ],
)
def test_every_code_a_row_can_hold_has_a_word(group: str, values: tuple[str, ...]) -> None:
    assert [one for one in values if f"{group}.{one}" not in CATALOGUE] == []


def test_a_code_no_table_knows_is_shown_as_it_came() -> None:
    assert Words("zh").named("deny", "0x6F") == "0x6F"


@pytest.mark.parametrize(
    ("cookie", "accept", "language"),
    [
        ("", "", "zh"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "en-GB,en;q=0.9,zh;q=0.1", "en"),
        ("", "fr-FR,fr;q=0.9,en;q=0.8", "en"),
        ("", "ja", "zh"),
        ("en", "zh-CN", "en"),
        ("zh", "en-US", "zh"),
        ("<script>", "en-US", "en"),
    ],
)
def test_the_cookie_goes_before_the_browser(cookie: str, accept: str, language: str) -> None:
    assert preferred(cookie, accept) == language


def test_a_text_told_twice_is_found_at_the_start(tmp_path: Path) -> None:
    one, two = tmp_path / "a.toml", tmp_path / "b.toml"
    one.write_text('[nav]\nduty = { zh = "甲", en = "A" }\n', encoding="utf-8")
    two.write_text('[nav]\nwaste = { zh = "乙", en = "B" }\n', encoding="utf-8")
    assert set(catalogue(one, two)) == {"nav.duty", "nav.waste"}
    with pytest.raises(ValueError, match="duty is told twice"):
        catalogue(one, two, one)
