"""A gateway takes a policy of its own hub, for its own compound, not older than its own; nothing
else, and it says why."""

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy import signed
from core.policy.document import Credential, Grant, Group, Person, Policy, Schedule
from core.policy.signed import PolicyRefused, open_book, sign_document
from core.site import Area, Door, Site
from tests.unit.core.policy.book_of_cases import HUB, STRANGER

POLICY = Policy(
    compound="c01",
    version=7,
    issued="2026-03-01T00:00:00.000Z",
    salt="5a" * 16,
    groups={"g": Group(grants=(Grant(doors=("south-gate",)),))},
    persons=(Person(ref="s:1", groups=("g",), credentials=(Credential(kind="card", hash="aa"),)),),
)
FRAME = sign_document(POLICY, HUB)


def refused(frame: bytes, compound: str = "c01", held: int = 0) -> str:
    with pytest.raises(PolicyRefused) as caught:
        open_book(frame, HUB.public, compound, held)
    return caught.value.reason


def framed(body: bytes) -> bytes:
    packed = zstandard.ZstdCompressor().compress(body)
    return signed.MAGIC + HUB.public + HUB.sign(signed.MAGIC + packed) + packed


def test_round_trip() -> None:
    assert open_book(FRAME, HUB.public, "c01").policy == POLICY
    assert open_book(FRAME, HUB.public, "c01", held=7).policy == POLICY
    assert sign_document(POLICY, HUB) == FRAME


def test_reasons() -> None:
    assert refused(FRAME, held=8) == "older"
    assert refused(FRAME, compound="c02") == "other-compound"
    assert refused(sign_document(POLICY, STRANGER)) == "forged"
    assert refused(b"") == "malformed"
    assert refused(b"menwei policy 2\n" + FRAME[16:]) == "malformed"
    assert refused(b"x" * (signed.MAX_FRAME + 1)) == "too-large"
    assert refused(framed(b"{}")) == "malformed"
    assert refused(framed(b"[" * 100_000)) == "malformed"
    assert refused(framed(msgspec.json.encode(POLICY)[:-1] + b',"surprise":1}')) == "malformed"
    assert refused(framed(b" " * (signed.MAX_JSON + 1))) == "too-large"


def test_another_hubs_key_in_the_frame_helps_nobody() -> None:
    packed = FRAME[len(signed.MAGIC) + 96 :]
    forged = signed.MAGIC + HUB.public + STRANGER.sign(signed.MAGIC + packed) + packed
    assert refused(forged) == "forged"


@given(st.integers(0, len(FRAME) - 1), st.integers(0, 7))
@settings(max_examples=120, deadline=None)
def test_no_bit_may_be_changed(at: int, bit: int) -> None:
    changed = bytearray(FRAME)
    changed[at] ^= 1 << bit
    assert refused(bytes(changed)) in {"forged", "malformed"}


@given(st.integers(0, len(FRAME) - 1))
@settings(max_examples=60, deadline=None)
def test_nothing_may_be_cut_off(length: int) -> None:
    assert refused(FRAME[:length]) in {"forged", "malformed"}


@pytest.mark.parametrize(
    "policy",
    [
        msgspec.structs.replace(POLICY, version=0),
        msgspec.structs.replace(POLICY, salt="pepper"),
        msgspec.structs.replace(POLICY, issued="yesterday"),
        msgspec.structs.replace(POLICY, since="yesterday"),
        msgspec.structs.replace(POLICY, zone="Mars/Olympus"),
        msgspec.structs.replace(POLICY, persons=(POLICY.persons[0], POLICY.persons[0])),
        msgspec.structs.replace(
            POLICY, persons=(*POLICY.persons, msgspec.structs.replace(POLICY.persons[0], ref="s:2"))
        ),
        msgspec.structs.replace(POLICY, groups={"g": Group(grants=(Grant(schedule="nix"),))}),
        msgspec.structs.replace(POLICY, groups={"g": Group(includes=("nix",))}),
        msgspec.structs.replace(POLICY, schedules={"s": Schedule(weekly={"mon": (("8", "9"),)})}),
        msgspec.structs.replace(
            POLICY, site=Site(areas={"a": Area(parent="b"), "b": Area(parent="a")})
        ),
        msgspec.structs.replace(POLICY, site=Site(areas={"a": Area(reset="4 am")})),
        msgspec.structs.replace(POLICY, persons=(Person(ref="s:1", valid_to="tomorrow"),)),
    ],
)
def test_what_contradicts_itself_is_neither_sent_nor_taken(policy: Policy) -> None:
    with pytest.raises(PolicyRefused) as caught:
        sign_document(policy, HUB)
    assert caught.value.reason == "malformed"
    assert refused(framed(msgspec.json.encode(policy))) == "malformed"


def test_twenty_thousand_credentials_fit() -> None:
    persons = tuple(
        Person(
            ref=f"s:{n:032x}",
            groups=("g",),
            credentials=(Credential(kind="card", hash=f"{n * 0x9E3779B97F4A7C15 % 2**128:032x}"),),
        )
        for n in range(20_000)
    )
    frame = sign_document(msgspec.structs.replace(POLICY, persons=persons), HUB)
    assert len(frame) < signed.MAX_FRAME
    assert open_book(frame, HUB.public, "c01").policy.persons == persons


@pytest.mark.parametrize(
    "site",
    [
        Site(expect_s={"r1": 1e18}),  # no clock reckons so far: it would end the gateway
        Site(expect_s={"r1": float("nan")}),
        Site(doors={"a": Door(command="relays/#")}),
    ],
)
def test_nothing_is_signed_or_adopted_that_a_gateway_can_not_live_by(site: Site) -> None:
    policy = msgspec.structs.replace(POLICY, site=site)
    with pytest.raises(PolicyRefused) as caught:
        sign_document(policy, HUB)
    assert caught.value.reason == "malformed"
    assert refused(framed(msgspec.json.encode(policy))) == "malformed"


def test_the_hub_reads_what_it_signed_before_this_release_asked_for_more() -> None:
    policy = msgspec.structs.replace(POLICY, site=Site(expect_s={"r1": 1e18}))
    frame = framed(msgspec.json.encode(policy))
    assert signed.read_document(frame, HUB.public, "c01").salt == POLICY.salt
    with pytest.raises(PolicyRefused, match="forged"):
        signed.read_document(frame, STRANGER.public, "c01")
