"""What an auditor sees who asks every witness."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import EnvironmentFault
from core.tlog import quorum
from core.tlog.note import Note
from infra.commands import app
from infra.witness.compare import Told, contradictions, keep, sizes, told
from infra.witness.witness import origin_hash
from tests.fix_ports import free_port
from tests.fix_witness import LOG_KEY, ORIGIN, cosigner, leaves, log_of

CITY, AUDIT = cosigner("w.example/city", 61), cosigner("w.example/audit", 62)
POLICY = quorum.parse(
    (
        f"log {LOG_KEY.encode()}\n"
        f"witness city {CITY.keys[1].encode()} https://city/\n"
        f"witness city-ed {CITY.keys[0].encode()} https://city/\n"
        f"witness audit {AUDIT.keys[1].encode()} https://audit\n"
        "group g 1 city audit\nquorum g\n"
    ).encode()
)


def held(hand: object, size: int, fork: str = "") -> bytes:
    signed = log_of(leaves(size, fork, 1)).checkpoint.note
    made = hand.cosign(signed.text, 9)  # type: ignore[attr-defined]
    return Note(signed.text, (*signed.signatures, *made)).encode()


def asked(city: bytes, audit: bytes) -> list[Told]:
    answers = {
        f"https://city/{origin_hash(ORIGIN)}/checkpoint": city,
        f"https://audit/{origin_hash(ORIGIN)}/checkpoint": audit,
    }

    def fetch(url: str) -> bytes:
        if not answers[url]:
            raise ConnectionRefusedError("refused")
        return answers[url]

    return list(told(POLICY, fetch))


def test_they_agree() -> None:
    said = asked(held(CITY, 5), held(AUDIT, 5))
    assert [one.witness for one in said] == ["city", "audit"]
    assert not list(contradictions(said))
    assert "5 leaves" in said[0].line()


def test_two_histories() -> None:
    said = asked(held(CITY, 5), held(AUDIT, 5, "other"))
    (line,) = contradictions(said)
    assert "city and audit cosigned different trees of 5 leaves" in line


def test_of_different_sizes() -> None:
    said = asked(held(CITY, 5), held(AUDIT, 6, "other"))
    assert not list(contradictions(said))
    assert sizes(said) == {ORIGIN: {5, 6}}


@pytest.mark.parametrize("raw", [b"<html>", held(AUDIT, 5), log_of(leaves(5)).checkpoint.encode()])
def test_what_is_not_its_word(raw: bytes) -> None:
    city, audit = asked(raw, b"")
    assert city.wrong
    assert "does not answer" in audit.line()


def test_the_answers_are_kept_as_they_came(tmp_path: Path) -> None:
    raw = held(CITY, 5)
    keep(asked(raw, b""), tmp_path / "kept")
    (path,) = (tmp_path / "kept").iterdir()
    assert path.name.endswith("-1-city.checkpoint")
    assert path.read_bytes() == raw


def test_nobody_answers(tmp_path: Path) -> None:
    path = tmp_path / "p"
    key = CITY.keys[0].encode()
    path.write_text(
        f"log {LOG_KEY.encode()}\nwitness a {key} http://127.0.0.1:{free_port()}\nquorum a\n"
    )
    result = CliRunner().invoke(app, ["audit", "compare", str(path)])
    assert isinstance(result.exception, EnvironmentFault)
