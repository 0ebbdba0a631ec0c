"""The file an office writes: what it becomes, and that every mistake has its file, key, remedy."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError
from core.policy import source
from core.policy.book import Book
from core.policy.decide import Request, decide
from core.policy.document import digest
from core.policy.findings import PolicyMistakes
from core.policy.source import Compiled, compile_policy, parse
from core.policy.standing import NOTHING
from tests.unit.core.policy.book_of_cases import ISSUED, SALT, reference

BASE = """
compound = "c01"
areas.compound = {}
areas.hall = { parent = "compound" }
doors.south-gate = {}
schedules.day = { mon-fri = ["08:00-18:00"] }
groups.residents = { grants = [{ areas = ["compound"], schedule = "day" }] }
"""
PERSON = '[[persons]]\nid = "e1"\ngroups = ["residents"]\n'
LISTED = '[[listed]]\nperson = "e1"\nreason = "r"\nbasis = "b"\nuntil = 2027-01-01\n'


def compiled(text: str) -> Compiled:
    return compile_policy(
        "p.toml", parse("p.toml", text), version=1, issued=ISSUED, salt=SALT, reference=reference
    )


def mistakes(text: str) -> list[str]:
    with pytest.raises(PolicyMistakes) as caught:
        compiled(text)
    lines = str(caught.value).splitlines()
    assert all(line.startswith("p.toml: key `") for line in lines)
    assert len(lines) == len(caught.value.found)
    return [one.key for one in caught.value.found]


MISTAKES = [
    ("compound = 'has a space'", ["compound"]),
    ("", ["compound"]),
    ("compound = 'c01'\nshedules = {}", ["shedules"]),
    ("compound = 'c01'\nzone = 'Asia/Nowhere'", ["zone"]),
    ("compound = 'c01'\nzone = 'Asia'", ["zone"]),
    (BASE + "areas.a = { parent = 'b' }\nareas.b = { parent = 'a' }", ["areas.a.parent",
                                                                     "areas.b.parent"]),
    (BASE + "areas.a = { parent = 'a' }", ["areas.a.parent"]),
    (BASE + "areas.a = { parent = 'nix' }", ["areas.a.parent"]),
    (BASE + "areas.outside = {}", ["areas.outside"]),
    (BASE + "areas.a = { capacity = -1 }", ["areas.a.capacity"]),
    (BASE + "areas.a = { reset = '4 am' }", ["areas.a.reset"]),
    (BASE + "expect_s = { r1 = -1, r2 = nan, r3 = inf, r4 = 1e18, r5 = 0, r6 = 60 }",
     ["expect_s.r1", "expect_s.r2", "expect_s.r3", "expect_s.r4"]),
    (BASE + "parking.overstay_h = { visitor = nan, temporary = 1e18, unknown = -4 }",
     [f"parking.overstay_h.{one}" for one in ("visitor", "temporary", "unknown")]),
    (BASE + "screening.limit_cel = nan", ["screening.limit_cel"]),
    (BASE + "doors.a = { command = 'site/#' }", ["doors.a.command"]),
    (BASE + "doors.a = { command = 'relays/+/open' }", ["doors.a.command"]),
    (BASE + "doors.a = { command = 'site/access/reader-1' }", ["doors.a.command"]),
    (BASE + "doors.a = { command = 'menwei/v1/c01/gw01/up' }", ["doors.a.command"]),
    (BASE + "areas.a = { first_person = ['nix'] }", ["areas.a.first_person"]),
    (BASE + "areas.a = { antipassback = 'firm' }", ["areas.a.antipassback"]),
    (BASE + "doors.a = { from_area = 'nix' }", ["doors.a.from_area"]),
    (BASE + "doors.a = { interlock = 'trap' }", ["doors.a.interlock"]),
    (BASE + "doors.a = { open_s = 5, prealarm_s = 9 }", ["doors.a.prealarm_s"]),
    (BASE + "doors.a = { credentials = ['iris'] }", ["doors.a.credentials"]),
    (BASE + "doors.a = { kind = 'window' }", ["doors.a.kind"]),
    (BASE + "doors.'a b' = {}", ["doors.a b"]),
    (BASE + "schedules.s = {}", ["schedules.s"]),
    (BASE + "schedules.s = { mon = [] }", ["schedules.s"]),
    (BASE + "schedules.s = { monday = ['08:00-09:00'] }", ["schedules.s.monday", "schedules.s"]),
    (BASE + "schedules.s = { mon = ['08:00-08:00'] }", ["schedules.s"]),
    (BASE + "schedules.s = { mon = ['08:00'] }", ["schedules.s"]),
    (BASE + "schedules.s = { mon = ['08:00-10:00', '09:00-11:00'] }", ["schedules.s"]),
    (BASE + "schedules.s = { mon = ['20:00-09:00', '08:00-11:00'] }", ["schedules.s"]),
    (BASE + "schedules.s = { mon = ['08:00-09:00'], holidays = ['30 May'] }",
     ["schedules.s.holidays"]),
    ("holidays = ['2026-10-07..2026-10-01']\n" + BASE, ["holidays"]),
    (BASE + "groups.a = { includes = ['b'] }\ngroups.b = { includes = ['c'] }\n"
     "groups.c = { includes = ['a'] }", ["groups.a.includes"]),
    (BASE + "groups.a = { includes = ['a'] }", ["groups.a.includes"]),
    (BASE + "groups.a = { includes = ['nix'] }", ["groups.a.includes"]),
    (BASE + "groups.a = { grants = [{ doors = ['nix'] }] }", ["groups.a.grants[0].doors"]),
    (BASE + "groups.a = { grants = [{}, { areas = ['nix'] }] }", ["groups.a.grants[1].areas"]),
    (BASE + "groups.a = { grants = [{ schedule = 'nix' }] }", ["groups.a.grants[0].schedule"]),
    (BASE + "groups.a = { valid_from = 2026-02-01, valid_to = 2026-01-01 }",
     ["groups.a.valid_to"]),
    (BASE + PERSON + PERSON, ["persons[1].id"]),
    (BASE + "[[persons]]\nid = 'e1'\ngroups = ['nix']", ["persons[0].groups"]),
    (BASE + "[[persons]]\nid = ''", ["persons[0].id"]),
    (BASE + "[[persons]]\nid = 'e1'\nsurname = 'Wang'", ["persons[0].surname"]),
    (BASE + PERSON + "valid_to = 'soon'", ["persons[0].valid_to"]),
    (BASE + PERSON + "credentials = [{ kind = 'card', number = 1 }]",
     ["persons[0].credentials[0].number"]),
    (BASE + PERSON + "credentials = [{ kind = 'card', number = '1' },"
     "{ kind = 'plate', number = '京I12345' }]", ["persons[0].credentials[1].number"]),
    (BASE + PERSON + "credentials = [{ kind = 'card', number = 'A-1' }]\n[[persons]]\nid = 'e2'\n"
     "credentials = [{ kind = 'card', number = 'a1' }]", ["persons[1].credentials[0].number"]),
    (BASE + PERSON + "credentials = [{ kind = 'card', number = '1', duress_pin = '2' }]",
     ["persons[0].credentials[0].duress_pin"]),
    (BASE + PERSON + "credentials = [{ kind = 'card', number = '1', pin = '2', duress_pin = '2' }]",
     ["persons[0].credentials[0].duress_pin"]),
    (BASE + PERSON + LISTED.replace('reason = "r"\n', ""),
     ["listed[0].reason"]),
    (BASE + PERSON + LISTED.replace('basis = "b"', 'basis = " "'), ["listed[0].basis"]),
    (BASE + PERSON + LISTED.replace("until = 2027-01-01\n", ""), ["listed[0].until"]),
    (BASE + PERSON + LISTED + "kind = 'card'\nnumber = '1'", ["listed[0]"]),
    (BASE + LISTED.replace('person = "e1"\n', ""), ["listed[0]"]),
    (BASE + "[[plates]]\nplate = '京O12345'\nlist = 'white'", ["plates[0].plate"]),
    (BASE + "[[plates]]\nplate = '京A12345'\nlist = 'black'",
     ["plates[0].reason", "plates[0].basis", "plates[0].valid_to"]),
    (BASE + "[[plates]]\nplate = '京A12345'\nlist = 'temporary'", ["plates[0].valid_to"]),
    (BASE + "[[plates]]\nplate = '京A12345'\nlist = 'white'\nperson = 'nix'",
     ["plates[0].person"]),
    ("revoked = ['xyz']\n" + BASE, ["revoked[0]"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "keys"), MISTAKES)
def test_every_mistake_is_told_at_its_key(text: str, keys: list[str]) -> None:
    assert mistakes(text) == keys


def test_what_is_no_toml_says_so() -> None:
    with pytest.raises(ConfigError, match=r"p\.toml: not TOML: .*Correct the line named"):
        parse("p.toml", "a = = b")


def test_nobody_is_named_in_a_mistake() -> None:
    text = (
        BASE + PERSON.replace("e1", "Wang-Wu-4411") + "credentials = "
        "[{ kind = 'card', number = '99887766' }, { kind = 'plate', number = '京I54321' }]\n"
        "[[persons]]\nid = 'Li-2'\ncredentials = [{ kind = 'card', number = '99887766' }]\n"
    )
    with pytest.raises(PolicyMistakes) as caught:
        compiled(text)
    for secret in ("Wang", "99887766", "54321"):
        assert secret not in str(caught.value)


def test_nobody_is_named_in_a_document() -> None:
    text = BASE + PERSON.replace("e1", "Wang-Wu-4411") + "credentials = " + (
        "[{ kind = 'card', number = '99887766', pin = '2580' },"
        " { kind = 'plate', number = '京A54321' }]"
    )  # fmt: skip
    document = repr(compiled(text).policy)
    for secret in ("Wang", "99887766", "2580", "54321"):
        assert secret not in document
    assert digest(SALT, "card", "99887766") in document


@pytest.mark.parametrize(
    ("text", "word", "key"),
    [
        (BASE + "doors.a = { credentials = ['face'] }", "face-only", "doors.a.credentials"),
        (BASE + PERSON + "credentials = [{ kind = 'face', number = '1' }]", "face-only",
         "persons[0].credentials"),
        (BASE + PERSON + LISTED.replace("2027", "2025"), "expired", "listed[0].until"),
        (BASE + LISTED, "unknown-person", "listed[0].person"),
        (BASE + "[[plates]]\nplate = '京A12345'\nlist = 'temporary'\nvalid_to = 2025-01-01",
         "expired", "plates[0].valid_to"),
    ],
)  # fmt: skip
def test_warnings_stop_nothing(text: str, word: str, key: str) -> None:
    warnings = compiled(text).warnings
    assert [(one.word, one.key) for one in warnings] == [(word, key)]


def test_a_face_among_others_is_no_finding() -> None:
    text = BASE + "doors.a = { credentials = ['face', 'card'] }\n" + PERSON + LISTED
    assert compiled(text).warnings == ()


def test_dates_are_whole_days_where_the_office_is() -> None:
    person = compiled(
        BASE + PERSON + "valid_from = 2026-01-01\nvalid_to = '2026-12-31'"
    ).policy.persons[0]
    assert person.valid_from == "2026-01-01T00:00:00.000+08:00"
    assert person.valid_to == "2027-01-01T00:00:00.000+08:00"


@pytest.mark.parametrize(
    "told",
    ["王小明 threatened a guard", "call 138-1234 5678", "owner of 粤B·12345", "card E9F3-5959",
     "粤B・12345", "440305199001011234"],
)  # fmt: skip
@pytest.mark.parametrize("field", ["reason", "basis"])
def test_the_grounds_of_an_entry_name_nobody(field: str, told: str) -> None:
    """They stand in the log as they are written."""
    person = PERSON + 'name = "王小明"\ncredentials = [{ kind = "card", number = "E9F35959" }]\n'
    grounds = {
        "reason": "theft",
        "basis": "(2026)粤0305民初1234号, report 20261122001",
        field: told,
    }
    entry = '[[listed]]\nperson = "e1"\nuntil = 2027-01-01\n'
    text = BASE + person + entry + "".join(f'{k} = "{v}"\n' for k, v in grounds.items())
    assert mistakes(text) == [f"listed[0].{field}"]
    compiled(text.replace(told, "police request 7"))


def test_times_are_local_where_they_name_no_offset() -> None:
    person = compiled(
        BASE + PERSON + "valid_from = 2026-01-01T08:00:00\nvalid_to = 2026-01-01T01:00:00Z"
    )  # an hour after: eight in Shanghai is midnight in UTC
    assert person.policy.persons[0].valid_from == "2026-01-01T08:00:00.000+08:00"


def test_holidays_of_the_file_hold_for_every_schedule() -> None:
    made = compiled(
        "holidays = [2026-01-01, '2026-10-01..2026-10-03']\nworkdays = { 2026-10-10 = 'fri' }\n"
        + BASE
        + "schedules.own = { sat = ['08:00-09:00'], holidays = ['2026-05-01'] }"
    ).policy.schedules
    common = ("2026-01-01", "2026-10-01", "2026-10-02", "2026-10-03")
    assert made["day"].holidays == common
    assert made["own"].holidays == tuple(sorted((*common, "2026-05-01")))
    assert made["own"].workdays == {"2026-10-10": "fri"}


def test_the_example_it_documents_compiles() -> None:
    example = str(source.__doc__).split("\n\n", 1)[1]
    made = compiled(example)
    assert made.policy.persons[0].groups == ("staff",)
    assert Book(made.policy).bearers


KEYS = ("compound", "zone", "unknown_plates", "holidays", "workdays", "areas", "doors", "cameras",
        "screening", "parking", "expect_s", "schedules", "groups", "persons", "listed", "plates",
        "revoked")  # fmt: skip
WORDS = st.sampled_from(
    ["a", "b", "card", "mon", "mon-fri", "08:00-09:00", "2026-01-01", "parent", "includes",
     "grants", "credentials", "number", "kind", "id", "plate", "list", "white", "until", "person",
     "reason", "basis", "valid_to", "doors", "schedule", "", "c01", "to_area", "pin"]
)  # fmt: skip
ANYTHING = st.recursive(
    st.one_of(WORDS, st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=6))
@settings(max_examples=100, deadline=None)
def test_whatever_is_written_it_compiles_or_says_why(raw: dict[str, Any]) -> None:
    try:
        made = compile_policy(
            "p",
            {"compound": "c01", **raw},
            version=1,
            issued=ISSUED,
            salt=SALT,
            reference=reference,
        )
    except PolicyMistakes:
        return
    Book(made.policy)


# Groups in groups, each with a window of its own: what holds must hold all the way down.
DAYS = st.integers(0, 9)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "allow", "deny"]),
            DAYS,
            DAYS,
            st.sets(st.integers(0, 5), max_size=3),
        ),
        min_size=6,
        max_size=6,
    ),
    DAYS,
    DAYS,
)
@settings(max_examples=80, deadline=None)
def test_including_never_widens(
    shapes: list[tuple[str, int, int, set[int]]], first: int, last: int
) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    windows = [(min(a, b), max(a, b)) for _, a, b, _ in shapes]

    def stamp(day: int) -> str:
        return (start + timedelta(days=day)).isoformat()

    raw: dict[str, Any] = {
        "compound": "c01",
        "zone": "UTC",
        "doors": {"south-gate": {}},
        "groups": {
            f"g{n}": {
                "grants": [{"effect": effect}] if effect else [],
                "includes": [f"g{m}" for m in sorted(below) if m > n],
                "valid_from": stamp(windows[n][0]),
                "valid_to": stamp(windows[n][1] + 1),
            }
            for n, (effect, _, _, below) in enumerate(shapes)
        },
        "persons": [
            {
                "id": "e1",
                "groups": ["g0"],
                "valid_from": stamp(min(first, last)),
                "valid_to": stamp(max(first, last) + 1),
                "credentials": [{"kind": "card", "number": "1"}],
            }
        ],
    }
    policy = compile_policy(
        "p", raw, version=1, issued=ISSUED, salt=SALT, reference=reference
    ).policy
    assert all(not group.includes for group in policy.groups.values())
    book = Book(policy)

    def effects(n: int, day: int) -> set[str]:
        if not windows[n][0] <= day <= windows[n][1]:
            return set()
        effect, _, _, below = shapes[n]
        return {effect}.union(*(effects(m, day) for m in below if m > n))

    for day in range(10):
        at = start + timedelta(days=day, hours=12)
        asked = Request(
            door="south-gate", kind="card", hash=digest(SALT, "card", "1"), at=at, direction="in"
        )
        found = effects(0, day)
        lives = min(first, last) <= day <= max(first, last)
        expected = lives and "allow" in found and "deny" not in found
        assert decide(book, NOTHING, asked).granted == expected
