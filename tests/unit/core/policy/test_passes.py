"""A pass is what the hub signed, character for character."""

import base64
import string
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy.passes import MAX_TEXT, PREFIX, Pass, PassRefused, issue, read
from tests.unit.core.policy.book_of_cases import HUB, STRANGER

GUEST = Pass(id="00" * 7 + "aa", compound="c01", nbf=1_772_000_000, exp=1_772_010_000)
TEXT = issue(HUB, GUEST)
ALPHABET = string.ascii_letters + string.digits + "-_"


def refused(text: str, compound: str = "c01") -> str:
    with pytest.raises(PassRefused) as caught:
        read(text, HUB.public, compound)
    return caught.value.reason


@given(
    st.builds(
        Pass,
        id=st.binary(min_size=8, max_size=8).map(bytes.hex),
        compound=st.just("c01"),
        nbf=st.integers(0, 2_000_000_000),
        exp=st.integers(2_000_000_001, 4_000_000_000),
        doors=st.lists(st.text(ALPHABET, min_size=1, max_size=12), max_size=4).map(tuple),
        uses=st.integers(1, 10_000),
        plate=st.sampled_from(["", "ab" * 16]),
    )
)
@settings(max_examples=60, deadline=None)
def test_what_is_issued_is_read(made: Pass) -> None:
    text = issue(HUB, made)
    assert text.startswith(PREFIX)
    assert len(text) <= MAX_TEXT
    assert read(text, HUB.public, "c01") == made


def test_every_single_changed_character_is_refused() -> None:
    for at, char in enumerate(TEXT):
        for other in (ALPHABET[(ALPHABET.find(char) + 1) % 64], ALPHABET[-1 - at % 64], "=", "."):
            if other != char:
                assert refused(TEXT[:at] + other + TEXT[at + 1 :]) in {
                    "forged", "malformed", "newer",
                }  # fmt: skip


def test_bits_nobody_reads_are_not_free() -> None:
    """The last character of unpadded base64 has spare bits: more texts of the same bytes."""
    raw = issue(HUB, msgspec.structs.replace(GUEST, doors=("a",)))[len(PREFIX) :]
    plain = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
    twins = []
    for last in ALPHABET:
        other = raw[:-1] + last
        if last != raw[-1] and base64.urlsafe_b64decode(other + "=" * (-len(raw) % 4)) == plain:
            twins.append(PREFIX + other)
    assert twins
    assert {refused(text) for text in twins} == {"malformed"}


@pytest.mark.parametrize("added", [" ", "=", "\n", "A", "AAAA", "\u0661"])
def test_nothing_may_be_added(added: str) -> None:
    assert refused(TEXT + added) in {"malformed", "forged"}
    assert refused(added + TEXT) == "malformed"


@given(st.text(max_size=320))
@settings(max_examples=150, deadline=None)
def test_no_text_is_a_pass(text: str) -> None:
    assert refused(text) in {"malformed", "newer"}
    assert refused(PREFIX + text) in {"malformed", "forged"}


@given(st.binary(min_size=65, max_size=220))
@settings(max_examples=150, deadline=None)
def test_no_bytes_are_a_pass(raw: bytes) -> None:
    text = PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert refused(text) == "forged" if len(text) <= MAX_TEXT else "malformed"


def test_who_else_signs_is_nobody() -> None:
    assert refused(issue(STRANGER, GUEST)) == "forged"


def test_the_compound_next_door() -> None:
    assert refused(TEXT, "c02") == "elsewhere"


def test_a_newer_form_is_said_to_be_one() -> None:
    assert refused("MWP2.AAAA") == "newer"
    assert refused("MWP12.AAAA") == "malformed"
    assert refused("") == "malformed"


def test_a_signature_makes_no_sense_of_nonsense() -> None:
    for body in (b"\xc0", msgspec.msgpack.encode(["c01", b"8" * 8, 5, 5, [], 1, b""]),
                 msgspec.msgpack.encode(["c01", b"short", 5, 6, [], 1, b""]),
                 msgspec.msgpack.encode(["c01", b"8" * 8, 5, 6, [], 0, b""])):  # fmt: skip
        raw = body + HUB.sign(b"menwei pass v1\n" + body)
        assert refused(PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) == "malformed"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"doors": tuple(f"a-door-with-a-long-name-{n}" for n in range(9))}, "too-long"),
        ({"exp": GUEST.nbf}, "malformed"),
        ({"uses": 0}, "malformed"),
        ({"id": "xyz"}, "malformed"),
        ({"doors": ("south gate",)}, "malformed"),
    ],
)
def test_what_no_gate_would_take_is_not_issued(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(PassRefused) as caught:
        issue(HUB, msgspec.structs.replace(GUEST, **changes))
    assert caught.value.reason == reason
