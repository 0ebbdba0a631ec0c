"""Any bytes are a value or one of seven reasons; what is a value can be stored and read back."""

import json
import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core import codec, strictjson
from core.catalog import CATALOG, Envelope
from core.clock import parse_rfc3339, rfc3339
from core.errors import Undecodable
from core.event import Scalar
from tests.fix_core import door_opened

REASONS = {"empty", "oversized", "charset", "nesting", "duplicate-key", "number", "malformed", ""}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALAR = st.one_of(
    st.booleans(),
    st.integers(-(10**300), 10**300),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)
VALUE = st.recursive(
    st.one_of(st.none(), SCALAR),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXT, inner)),
    max_leaves=20,
)
# Bytes that come near JSON, where the mistakes are.
PIECES = (
    *(b"{", b"}", b"[", b"]", b":", b",", b'"', b"1", b"-", b"e9", b".", b" ", b"\x00", b"\xff"),
    *(b"\\", b"\\u00", b"null", b"NaN", b"\xef\xbb\xbf", b'"a"', b'"a":1'),
)
NEARLY = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)


@given(VALUE)
def test_every_json_value_is_taken(value: object) -> None:
    assert strictjson.parse(json.dumps(value).encode()) == value
    assert strictjson.parse(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(max_examples=1_000)
@given(st.one_of(NEARLY, st.binary(max_size=50)))
def test_any_bytes_are_a_value_or_a_known_reason(payload: bytes) -> None:
    value, reason = parsed(payload)
    assert reason in REASONS
    if not reason:
        # What is taken is JSON for the standard library too, and never NaN or infinite.
        assert json.loads(payload.decode("utf-8-sig")) == value
        assert not isinstance(value, float) or math.isfinite(value)


def parsed(payload: bytes) -> tuple[object, str]:
    try:
        return strictjson.parse(payload), ""
    except Undecodable as refused:
        return None, refused.reason


@given(st.dictionaries(TEXT, SCALAR, max_size=5))
def test_a_value_taken_can_be_kept_as_native_and_read_back(native: dict[str, Scalar]) -> None:
    taken = strictjson.parse(json.dumps(native).encode())
    event = door_opened(1)
    event = msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, native=taken))
    stored = msgspec.json.decode(codec.encode(event), type=Envelope)
    assert CATALOG.read(stored) == event


OFFSET = st.integers(-(24 * 60) + 1, 24 * 60 - 1).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.datetimes(timezones=OFFSET))
def test_a_time_written_is_read_back_to_the_millisecond(moment: datetime) -> None:
    read = parse_rfc3339(rfc3339(moment))
    assert read == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert read.utcoffset() == moment.utcoffset()


# JSON as nobody writes it: keys twice, blanks anywhere, colons and quotes in strings.
BLANK = st.sampled_from(["", "", "", " ", "  ", "\t", "\n", "\r\n", " \t"])
WORD = st.sampled_from(
    ["a", "b", ":", 'a":', '" :', "a :", "\\", "\\u0061", "\\u003a", "门", "", "\t:"]
)
NUMBER = st.sampled_from(
    ["0", "-0", "1.5", "1e5", "9223372036854775807", "9223372036854775808", "1e19", "1e400",
     "-9223372036854775809", "18446744073709551616", "1" * 40, "1" * 400, "NaN"]
)  # fmt: skip


@st.composite
def odd(draw: st.DrawFn, deeper: int = 4) -> str:
    """Text of a value."""
    kind = draw(st.integers(0, 3 if deeper else 1))
    blank = draw(BLANK)
    if kind == 0:
        return draw(NUMBER)
    if kind == 1:
        word = draw(WORD)
        return f'"{word}"' if word.startswith("\\u") else json.dumps(word, ensure_ascii=False)
    if kind == 2:
        return f"[{blank}{','.join(draw(st.lists(odd(deeper - 1), max_size=3)))}]"
    pairs = draw(st.lists(st.tuples(WORD, BLANK, BLANK, odd(deeper - 1)), max_size=4))
    inside = (f"{json.dumps(key)}{before}:{after}{value}" for key, before, after, value in pairs)
    return f"{{{blank}{','.join(inside)}}}"


@settings(max_examples=500)
@given(odd())
def test_what_is_read_quickly_is_what_is_read_thoroughly(told: str) -> None:
    payload = told.encode()
    assert outcome(strictjson.parse, payload) == outcome(strictjson._slowly, payload)


def outcome(read: Callable[[bytes], object], payload: bytes) -> str:
    """Told apart: 1, 1.0, true; 0.0 and -0.0."""
    try:
        return repr(read(payload))
    except Undecodable as refused:
        return refused.reason
