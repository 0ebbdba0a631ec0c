"""Precision, recall and F1 by kind, from whatever form the findings come in."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from infra.simulate.district.score import cases, days, read, scores
from infra.simulate.district.truth import KINDS

TRUTH = {"missed-bin": frozenset("abcd"), "double-read": frozenset("x")}


def test_what_is_right_wrong_and_overlooked() -> None:
    (one,) = scores(TRUTH, {"missed-bin": frozenset("bcdef")}, ("missed-bin",))
    assert (one.true, one.found, one.right) == (4, 5, 3)
    assert (one.wrong, one.overlooked) == (("e", "f"), ("a",))
    assert (one.precision, one.recall) == (0.6, 0.75)
    assert one.f1 == pytest.approx(2 / 3)


def test_nothing_to_find_and_nothing_found_is_right() -> None:
    (one,) = scores({}, {}, ("lost-tag",))
    assert (one.precision, one.recall, one.f1) == (1, 1, 1)
    assert one.reaches(1)


def test_silence_has_no_recall_and_noise_no_precision() -> None:
    silent, noisy = scores(TRUTH, {"mixed-load": frozenset("z")}, ("double-read", "mixed-load"))
    assert (silent.precision, silent.recall, silent.f1) == (1, 0, 0)
    assert (noisy.precision, noisy.recall, noisy.f1) == (0, 1, 0)
    assert not silent.reaches(0.1)
    assert not noisy.reaches(0.1)


def test_the_floor_is_for_both() -> None:
    (one,) = scores(TRUTH, {"missed-bin": frozenset("abc")}, ("missed-bin",))
    assert one.reaches(0.75)
    assert not one.reaches(0.76)


def test_every_kind_is_scored_unless_some_are_asked_for() -> None:
    assert tuple(one.kind for one in scores({}, {})) == KINDS


@pytest.mark.parametrize(
    "text",
    [
        '{"kind":"lost-tag","key":"c1/b1","day":"2026-10-02"}\n{"kind":"lost-tag","key":"c1/b2"}\n',
        '[{"kind":"lost-tag","key":"c1/b1"},{"kind":"lost-tag","key":"c1/b2"}]',
        '{"complete":true,"findings":[{"kind":"lost-tag","key":"c1/b1"},'
        '{"kind":"lost-tag","key":"c1/b2"}]}',
    ],
)
def test_findings_are_read_as_lines_list_or_answer(tmp_path: Path, text: str) -> None:
    path = tmp_path / "findings"
    path.write_text(text)
    assert cases(read(path)) == {"lost-tag": {"c1/b1", "c1/b2"}}


@pytest.mark.parametrize("text", ["", "[", '{"kind":1}\nx', '["a"]', '{"kind":"lost-tag"}'])
def test_what_holds_no_findings_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "findings"
    path.write_text(text)
    if text:
        with pytest.raises(ConfigError):
            cases(read(path))
    else:
        assert cases(read(path)) == {}


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "findings"
    path.write_bytes(b'{"kind":"\xff"}\n')
    with pytest.raises(ConfigError, match="findings is neither"):
        read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        read(tmp_path / "nowhere")


def test_the_span_is_that_of_the_truth() -> None:
    assert days([{"day": "2026-10-03"}, {"day": "2026-10-01"}, {}]) == ("2026-10-01", "2026-10-03")
    with pytest.raises(ConfigError):
        days([{"kind": "x"}])
