"""The order of the checks, and what holds whatever is asked."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy import standing as memory
from core.policy.book import Book
from core.policy.decide import CHECKS, ENTITLEMENT, Request, decide, entitled
from core.policy.document import Credential, Grant, Group, Listed, Person, Policy, Schedule
from core.policy.passes import Pass
from core.policy.standing import Hold, Seen, Standing
from core.site import Area, Door, Site
from tests.unit.core.policy.book_of_cases import kept

AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
NOW = AT.timestamp()
# What objects, in the order in which it is said.
ORDER = (
    ("known", "credential-not-found"),
    ("enabled", "credential-not-enabled"),
    ("validity", "credential-expired"),
    ("person", "credential-not-active"),
    ("listed", "watch-listed"),
    ("denied", "unauthorized"),
    ("permitted", "not-permitted-at-this-time"),
    ("pin", "invalid-pin"),
    ("first_person", "first-person-required"),
    ("door", "door-mode"),
    ("interlock", "interlock"),
    ("screening", "screening"),
    ("antipassback", "anti-passback"),
    ("capacity", "area-full"),
)


def world(wrong: set[str]) -> tuple[Book, Standing, Request]:
    """A place in which exactly these things are wrong."""
    policy = Policy(
        compound="c01",
        version=3,
        issued="2026-01-01T00:00:00Z",
        salt="00" * 16,
        site=Site(
            areas={
                "yard": Area(
                    antipassback="hard",
                    first_person=("chiefs",) if "first_person" in wrong else (),
                ),
                "hall": Area(parent="yard", capacity=1),
            },
            doors={
                "a": Door(to_area="hall", interlock="trap"),
                "b": Door(to_area="hall", interlock="trap"),
            },
        ),
        schedules={"night": Schedule(weekly={"mon": (("22:00", "06:00"),)})},
        groups={
            "g": Group(
                grants=(
                    Grant(doors=("a",), schedule="night" if "permitted" in wrong else ""),
                    *((Grant(areas=("hall",), effect="deny"),) if "denied" in wrong else ()),
                )
            ),
            "chiefs": Group(),
        },
        persons=(
            Person(
                ref="s:1",
                groups=("g",),
                valid_from="2026-04-01T00:00:00Z" if "person" in wrong else "",
                credentials=(
                    Credential(
                        kind="card",
                        hash="h",
                        enabled="enabled" not in wrong,
                        valid_to="2026-02-01T00:00:00Z" if "validity" in wrong else "",
                        pin="p",
                    ),
                ),
            ),
        ),
        listed=(
            Listed(reason="r", basis="b", until="2027-01-01T00:00:00Z", action="deny", ref="s:1"),
        )
        if "listed" in wrong
        else (),
    )
    standing = Standing(
        modes={"a": "locked-down"} if "door" in wrong else {},
        open={"b": NOW} if "interlock" in wrong else {},
        holds={"a": Hold("m", NOW + 1)} if "screening" in wrong else {},
        where={"s:1": Seen("yard", NOW - 60)} if "antipassback" in wrong else {},
        counts={"hall": 1} if "capacity" in wrong else {},
    )
    request = Request(
        door="a",
        kind="card",
        hash="x" if "known" in wrong else "h",
        pin="q" if "pin" in wrong else "p",
        at=AT,
        direction="in",
    )
    return Book(policy), standing, request


def test_the_order_is_as_written_down() -> None:
    names = [name for name, _ in ORDER if name != "interlock"]  # the door's second half
    assert [check.__name__ for check in CHECKS] == names
    assert CHECKS[: len(ENTITLEMENT)] == ENTITLEMENT


@pytest.mark.parametrize("place", range(len(ORDER)))
def test_the_first_that_objects_gives_the_reason(place: int) -> None:
    decision = decide(*world({name for name, _ in ORDER[place:]}))
    assert (decision.granted, decision.reason) == (False, ORDER[place][1])


@pytest.mark.parametrize(("name", "reason"), ORDER)
def test_each_alone_is_enough(name: str, reason: str) -> None:
    assert decide(*world({name})).reason == reason


def test_nothing_wrong_opens() -> None:
    decision = decide(*world(set()))
    assert (decision.granted, decision.reason, decision.ref) == (True, "", "s:1")
    assert (decision.policy, decision.bearer, decision.group) == (3, "s:1", "g")


def test_entitlement_is_blind_to_the_moment() -> None:
    moment = {name for name, _ in ORDER[len(ENTITLEMENT) :]}
    book, _, request = world(moment)
    assert entitled(book, request).granted


def test_fire_lifts_what_is_about_the_moment() -> None:
    book, standing, request = world({name for name, _ in ORDER[len(ENTITLEMENT) + 1 :]})
    burning = memory.fire_released(standing, "a", AT)
    assert not decide(book, standing, request).granted
    assert decide(book, burning, request).granted
    assert not decide(book, memory.fire_ended(burning, "a"), request).granted


GRANTS = st.builds(
    Grant,
    doors=st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True).map(tuple),
    effect=st.sampled_from(["allow", "deny"]),
)


@given(
    st.lists(st.lists(GRANTS, max_size=3), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
@settings(max_examples=80, deadline=None)
def test_deny_stands_over_grant_in_any_order(lists: list[list[Grant]], random: Any) -> None:
    book, standing, request = world(set())
    flat = [grant for grants in lists for grant in grants]
    bars = any(g.effect == "deny" and (not g.doors or "a" in g.doors) for g in flat)
    gives = any(g.effect == "allow" and (not g.doors or "a" in g.doors) for g in flat)
    for _ in range(3):
        random.shuffle(lists)
        names = [f"g{n}" for n in range(len(lists))]
        groups = {}
        for name, grants in zip(names, lists, strict=True):
            random.shuffle(grants)
            groups[name] = Group(grants=tuple(grants))
        random.shuffle(names)
        person = msgspec.structs.replace(book.policy.persons[0], groups=tuple(names))
        policy = msgspec.structs.replace(book.policy, groups=groups, persons=(person,))
        decision = decide(Book(policy), standing, request)
        assert decision.granted == (gives and not bars)
        assert decision.reason == ("" if decision.granted else "unauthorized")


MOMENTS = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.sampled_from([datetime.min, datetime.max]),  # noqa: DTZ901
    st.sampled_from([datetime.min, datetime.max]).map(  # noqa: DTZ901
        lambda at: at.replace(tzinfo=timezone(timedelta(hours=14)))
    ),
    st.sampled_from([datetime.min, datetime.max]).map(  # noqa: DTZ901
        lambda at: at.replace(tzinfo=timezone(timedelta(hours=-14)))
    ),
    st.just(AT),
)
TEXTS = st.one_of(
    st.sampled_from(["a", "b", "h", "p", "", "s:1", "\ud800", "\0"]), st.text(max_size=5)
)
REQUESTS = st.builds(
    Request,
    door=TEXTS,
    kind=st.sampled_from(["card", "qr", "plate", "button", "unknown", "pin", "nonsense"]),
    at=MOMENTS,
    hash=TEXTS,
    direction=st.sampled_from(["in", "out", "unknown", "sideways"]),
    pin=TEXTS,
    pass_=st.one_of(
        st.none(),
        st.builds(
            Pass,
            id=st.just("00" * 8),
            compound=TEXTS,
            nbf=st.integers(-(10**12), 10**12),
            exp=st.integers(-(10**12), 10**12),
            doors=st.lists(TEXTS, max_size=2).map(tuple),
            uses=st.integers(-1, 3),
            plate=TEXTS,
        ),
    ),
    pass_refused=TEXTS,
    plate=TEXTS,
)


@given(st.sets(st.sampled_from([name for name, _ in ORDER])), REQUESTS)
@settings(max_examples=300, deadline=None)
def test_whatever_is_asked_it_answers(wrong: set[str], request: Request) -> None:
    book, standing, _ = world(wrong)
    decision = decide(book, standing, request)
    assert decision.granted == (decision.reason == "")
    assert decision == decide(book, standing, request)
    if decision.granted and request.kind != "qr":
        assert request.hash == "h"
    moved = memory.taken(
        standing, book.site, request.door, request.direction, decision.bearer, request.at
    )
    assert kept(moved) == moved


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)))  # noqa: DTZ001
@settings(max_examples=60, deadline=None)
def test_a_decision_does_not_depend_on_the_zone_it_is_asked_in(naive: datetime) -> None:
    book, standing, request = world({"permitted"})
    at = naive.replace(tzinfo=UTC)
    asked = {
        decide(book, standing, msgspec.structs.replace(request, at=at.astimezone(zone))).reason
        for zone in (UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York"))
    }
    assert len(asked) == 1
