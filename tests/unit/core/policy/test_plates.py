"""Plates of GA 36-2018: which are, which only look like one."""

import pytest

from core.policy.document import digest, keyed_reference
from core.policy.plates import PROVINCES, kind, normal


@pytest.mark.parametrize(
    ("plate", "expected"),
    [
        ("京A12345", "civil"),
        ("粤B·F12B4", "civil"),
        ("苏E5U6V7", "civil"),
        ("京AD12345", "new-energy-small"),
        ("京AA12345", "new-energy-small"),
        ("粤BF1234D"[:8], ""),
        ("沪AF12345", "new-energy-small"),
        ("沪A12345D", "new-energy-large"),
        ("沪A12345K", "new-energy-large"),
        ("川A1234学", "trainer"),
        ("川A1234警", "police"),
        ("川A1234挂", "trailer"),
        ("粤Z1234港", "hong-kong"),
        ("粤Z12F4澳", "macao"),
        ("沪A0023领", "consulate"),
        ("使123456", "embassy"),
        ("123456使", "embassy"),
        ("川AX1234应急", "emergency"),
        ("WJ京12345", "armed-police"),
        ("VA12345", "military"),
        ("粤Ｂ１２３４５", "civil"),  # full width
        (" 粤b-123 45 ", "civil"),
    ],
)
def test_kinds(plate: str, expected: str) -> None:
    assert kind(plate) == expected


@pytest.mark.parametrize(
    "plate",
    [
        "", "京", "A12345", "京12345", "京I12345", "京O12345", "京A1234I", "京A1234O",
        "京A1234", "京A123456", "京AL12345", "京AD1234X", "京AO12345", "京A12345L", "京ABCDEF",
        "京ABCD12", "北A12345", "粤A1234港", "京A1234学学", "京A12345\nX", "使12345", "१२३४५६使",
    ],
)  # fmt: skip
def test_what_is_none(plate: str) -> None:
    assert kind(plate) == ""


def test_every_province_has_plates() -> None:
    assert len(set(PROVINCES)) == len(PROVINCES) == 31
    assert {kind(f"{province}A12345") for province in PROVINCES} == {"civil"}


def test_one_plate_is_one_hash_however_it_is_written() -> None:
    forms = (
        "粤B·12345", "粤b12345", "粤B-123 45", "粤Ｂ１２３４５", "粤B.12345", "粤B•12345",
        "粤B・12345",
    )  # fmt: skip
    assert {normal(form) for form in forms} == {"粤B12345"}
    assert len({digest("00" * 16, "plate", form) for form in forms}) == 1
    assert len({keyed_reference("00" * 16, "plate", form) for form in forms}) == 1
    assert digest("00" * 16, "plate", "粤B12345") != digest("00" * 16, "card", "粤B12345")
    assert digest("00" * 16, "plate", "粤B12345") != digest("01" * 16, "plate", "粤B12345")
