"""Geometry at its borders, and documents that are taken or refused whole."""

import msgspec
import pytest

from edge.camera.geometry import away, inside, simple, through
from edge.camera.zones import NO_ZONES, BadZones, Line, Region, Zones, read, written

SQUARE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
BAY = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0), (0.6, 0.4), (0.4, 0.4), (0.4, 1.0), (0, 1))
A, B = (0.2, 0.5), (0.8, 0.5)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((0.5, 0.5), True), ((0.2, 0.2), True), ((0.8, 0.5), True), ((0.5, 0.2), True),
        ((0.81, 0.5), False), ((0.1, 0.2), False), ((0.9, 0.8), False), ((0.5, 0.81), False),
    ],
)  # fmt: skip
def test_the_border_is_inside(point: tuple[float, float], expected: bool) -> None:
    assert inside(SQUARE, point) is expected
    assert inside(SQUARE[::-1], point) is expected
    assert (away(SQUARE, point) == 0) is expected


def test_a_bay_is_outside() -> None:
    assert not inside(BAY, (0.5, 0.7))
    assert inside(BAY, (0.3, 0.7))
    assert inside(BAY, (0.5, 0.4))
    assert away(BAY, (0.5, 0.7)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((0.5, 0.4), (0.5, 0.6), True),
        ((0.5, 0.4), (0.5, 0.5), True),  # onto the line: already on its right
        ((0.5, 0.5), (0.5, 0.6), False),  # ... and so not again
        ((0.5, 0.4), (0.6, 0.45), False),
        ((0.9, 0.4), (0.9, 0.6), False),  # past its end
        ((0.2, 0.4), (0.2, 0.6), True),  # by its end
        ((0.1, 0.5), (0.9, 0.5), False),  # along it
    ],
)
def test_a_step_changes_sides_once(
    start: tuple[float, float], end: tuple[float, float], expected: bool
) -> None:
    assert through(A, B, start, end) is expected
    assert through(A, B, end, start) is expected


@pytest.mark.parametrize(
    ("polygon", "expected"),
    [
        (SQUARE, True),
        (BAY, True),
        (((0, 0), (1, 1), (1, 0), (0, 1)), False),  # crosses itself
        (((0, 0), (1, 0), (1, 0), (0, 1)), False),  # the same corner twice
        (((0, 0), (1, 0), (0.5, 0), (0, 1)), False),  # folds back
        (((0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)), False),  # touches its own side
        (((0, 0), (1, 0)), False),
    ],
)
def test_a_simple_polygon(polygon: tuple[tuple[float, float], ...], expected: bool) -> None:
    assert simple(polygon) is expected


def drawn() -> Zones:
    return Zones(
        lines=(Line(name="gate", start=A, end=B, labels=("person",), in_side="left"),),
        regions=(Region(name="消防通道", polygon=SQUARE, purpose="fire-lane", occupied_s=120),),
    )


def test_a_document_is_what_was_written() -> None:
    text = written(drawn())
    assert read(text) == drawn()
    told = msgspec.json.decode(text)
    assert told["lines"][0]["from"] == [0.2, 0.5]
    assert told["lines"][0]["in_side"] == "left"
    assert read(b"{}") == NO_ZONES


@pytest.mark.parametrize(
    ("document", "reason", "says"),
    [
        (b"", "form", "zones document"),
        (b"\xff\xfe", "form", "zones document"),
        (b"[" * 100_000, "form", "zones document"),
        (b'{"version": 2}', "form", "version"),
        (b'{"shapes": []}', "form", "shapes"),
        (b" " * 300_000, "size", "bytes"),
        (b'{"lines":[{"name":"a","from":[0,0],"to":[0,0.001]}]}', "geometry", "too short"),
        (b'{"lines":[{"name":"a","from":[0,0],"to":[0,1.5]}]}', "geometry", "leaves the frame"),
        (b'{"lines":[{"name":"a b","from":[0,0],"to":[0,1]}]}', "geometry", "no name"),
        (b'{"lines":[{"name":"a\\nb","from":[0,0],"to":[0,1]}]}', "geometry", "no name"),
        (
            '{"lines":[{"name":"粤B12345","from":[0,0],"to":[0,1]}]}'.encode(),
            "geometry",
            "no name",
        ),
        (b'{"regions":[{"name":"a","polygon":[[0,0],[1,1]]}]}', "geometry", "corners"),
        (
            b'{"regions":[{"name":"a","polygon":[[0,0],[1,1],[1,0],[0,1]]}]}',
            "geometry",
            "crosses",
        ),
        (
            b'{"regions":[{"name":"a","polygon":[[0,0],[0.001,0],[0,0.001]]}]}',
            "geometry",
            "too small",
        ),
        (
            b'{"regions":[{"name":"a","polygon":[[0,0],[1,0],[0,1]],"overflow":0.3}]}',
            "geometry",
            "which bin",
        ),
        (b'{"regions":[{"name":"a","polygon":[],"loiter_s":-1}]}', "form", "loiter_s"),
        (b'{"regions":[{"name":"a","polygon":[],"purpose":"park"}]}', "form", "purpose"),
    ],
)
def test_what_cannot_be_worked_with_is_refused_with_its_reason(
    document: bytes, reason: str, says: str
) -> None:
    with pytest.raises(BadZones) as refused:
        read(document)
    assert refused.value.reason == reason
    assert says in refused.value.detail


def test_two_of_one_name_are_refused() -> None:
    text = written(drawn()).replace("消防通道".encode(), b"gate")
    with pytest.raises(BadZones, match="name of two"):
        read(text)


def test_more_than_can_be_watched_is_refused() -> None:
    lines = tuple(Line(name=f"l{number}", start=A, end=B) for number in range(33))
    with pytest.raises(BadZones, match="at most 32"):
        read(written(Zones(lines=lines)))
