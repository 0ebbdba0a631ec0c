"""JSON from strangers: what is taken, and the one word it is set aside with."""

from typing import Any

import pytest

from core import strictjson
from core.errors import Undecodable


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b"{}", {}),
        (b'{"a":1,"b":[true,null,"x",1.5]}', {"a": 1, "b": [True, None, "x", 1.5]}),
        (b" \n\t1\r ", 1),
        (b"\xef\xbb\xbf{}", {}),
        (b'"\xe9\x97\xa8\xe5\x8d\xab"', "门卫"),
        (b'"\\ud83d\\ude80"', "\U0001f680"),
        (b"-0", 0),
        (b"1.0E+2", 100.0),
        (b"1e-400", 0.0),
        (b"18446744073709551616", 2**64),
        (b'{"a":{"x":1},"b":{"x":1}}', {"a": {"x": 1}, "b": {"x": 1}}),
        pytest.param(b'"' + b"[" * 500 + b'"', "[" * 500, id="brackets in a string are no depth"),
        pytest.param(
            b'"\\"' + b"{" * 500 + b'"', '"' + "{" * 500, id="an escaped quote ends no string"
        ),
        pytest.param(b"[" + b"[]," * 500 + b"[]]", [[]] * 501, id="wide is not deep"),
    ],
)
def test_taken(payload: bytes, value: object) -> None:
    assert strictjson.parse(payload) == value


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff", "charset"),
        (b'"\xed\xa0\x80"', "charset"),  # a surrogate as UTF-8
        (b'"\xc0\xaf"', "charset"),  # an overlong slash
        ('{"a":"门"}'.encode("gb18030"), "charset"),
        ('{"a":1}'.encode("utf-16"), "charset"),
        (b'{"a":1,"a":1}', "duplicate-key"),
        (b'{"a":1,"\\u0061":2}', "duplicate-key"),
        (b'[{"x":{"k":1,"k":2}}]', "duplicate-key"),
        pytest.param(b'{"a":1,"a":"\\u003a"}', "duplicate-key", id="an escaped colon hides no key"),
        (b"1e400", "number"),
        (b'{"a":-1e400}', "number"),
        pytest.param(b"9" * 400, "number", id="400 digits"),
        pytest.param(b"9" * 5_000, "number", id="5,000 digits"),
        (b"NaN", "malformed"),
        (b"-Infinity", "malformed"),
        (b"[1,]", "malformed"),
        (b"{'a':1}", "malformed"),
        (b"1 2", "malformed"),
        (b"{} x", "malformed"),
        (b'"\x01"', "malformed"),
        (b'"\\ud800"', "malformed"),
        (b"01", "malformed"),
        (b'{"a"', "malformed"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "malformed"),
    ],
)
def test_set_aside(payload: bytes, reason: str) -> None:
    with pytest.raises(Undecodable) as caught:
        strictjson.parse(payload)
    assert caught.value.reason == reason


NESTED = {
    "array": (b"[", b"]"),
    "object": (b'{"a":', b"}"),
    "array in object": (b'[{"a":', b"}]"),
}


def nested(kind: str, levels: int) -> bytes:
    opening, closing = NESTED[kind]
    times = levels // (opening.count(b"[") + opening.count(b"{"))
    return opening * times + b"1" + closing * times


@pytest.mark.parametrize("kind", NESTED)
def test_64_levels_are_taken(kind: str) -> None:
    value: Any = strictjson.parse(nested(kind, 64))
    levels = 0
    while value != 1:
        value = value[0] if isinstance(value, list) else value["a"]
        levels += 1
    assert levels == 64


@pytest.mark.parametrize("kind", NESTED)
@pytest.mark.parametrize("levels", [66, 100_000])
def test_deeper_is_set_aside(kind: str, levels: int) -> None:
    with pytest.raises(Undecodable) as caught:
        strictjson.parse(nested(kind, levels))
    assert caught.value.reason == "nesting"


def test_65_levels_are_set_aside() -> None:
    with pytest.raises(Undecodable) as caught:
        strictjson.parse(nested("array", 65))
    assert caught.value.reason == "nesting"


def test_depth_is_found_even_in_text_that_never_closes() -> None:
    with pytest.raises(Undecodable) as caught:
        strictjson.parse(b"[" * 100_000)
    assert caught.value.reason == "nesting"


def test_size_is_capped_at_one_megabyte() -> None:
    fits = b'"' + b"x" * (strictjson.MAX_BYTES - 2) + b'"'
    assert strictjson.parse(fits) == "x" * (strictjson.MAX_BYTES - 2)
    with pytest.raises(Undecodable) as caught:
        strictjson.parse(fits + b" ")
    assert caught.value.reason == "oversized"
