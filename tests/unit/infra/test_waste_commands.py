"""`menwei waste`: what it asks the hub for, and what it prints."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from core.errors import EnvironmentFault
from infra import hub_api
from infra.waste_commands import app

OCTOBER = ["--from", "2026-10-01", "--to", "2026-10-31"]
LINE = {"key": "2026-10-05", "liftedG": 80_000, "receivedG": 79_700}
GAPS = [{"name": "tolerance", "grams": 200}, {"name": "unexplained", "grams": 100}]
ANSWERS: dict[str, Any] = {
    "waste/balance": {"lines": [{**LINE, "gaps": GAPS}], "total": LINE, "by": "day"},
    "waste/findings": {
        "findings": [{"kind": "missed-bin", "bin": "c01/桶"}],
        "kinds": {"lost-tag": 1, "missed-bin": 2},
        "complete": False,
    },
    "waste/routes": {"routes": [{"route": "r1"}], "missed": [{"bin": "c01/b"}]},
    "waste/league": {"compounds": [{"compound": "c01"}, {"compound": "c02"}]},
    "waste/quality/c%2F1": {
        "compound": {
            "name": "c/1",
            "score": 95.0,
            "causes": [
                {"what": "mixed", "count": 2, "points": 4.0},
                {"what": "dumped", "count": 1, "points": 1.0},
            ],
        },
        "points": [{"name": "p1", "score": None, "causes": []}],
        "buildings": [{"name": "1号楼", "score": 100.0, "causes": []}],
        "criteria": [
            {
                "name": "purity",
                "result": "met",
                "value": 0.98,
                "atLeast": 0.9,
                "atMost": None,
                "unit": "share",
                "source": "demonstration",
            },
            {
                "name": "mixed-trips",
                "result": "no-data",
                "value": None,
                "atLeast": None,
                "atMost": 0.0,
                "unit": "trips",
                "source": "transport",
            },
        ],
    },
    "waste/ledger/c01/2026-10": b"bytes of a file",
    "waste/fiware/WasteContainer": [{"id": "urn:1"}],
}


class Heard:
    """In the place of the hub: keeps what it was asked."""

    asked: ClassVar[list[tuple[str, str, dict[str, str]]]] = []

    def __init__(self, _: Path, patience: float) -> None:
        assert patience >= 600  # as of long ago, a district takes minutes

    def raw(self, role: str, method: str, path: str, *, query: dict[str, str]) -> bytes:
        assert method == "GET"
        self.asked.append((role, path, query))
        found = ANSWERS[path]
        return found if isinstance(found, bytes) else json.dumps(found).encode()

    def json(self, role: str, method: str, path: str, **more: Any) -> Any:
        return json.loads(self.raw(role, method, path, **more))


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, dict[str, str]]]:
    monkeypatch.setattr(Heard, "asked", [])
    monkeypatch.setattr(hub_api, "HubApi", Heard)
    return Heard.asked


def menwei(*words: str) -> tuple[str, str]:
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def test_the_balance_is_a_line_a_day_with_its_gaps(hub: list[Any]) -> None:
    said, _ = menwei("balance", *OCTOBER, "--category", "food")
    assert said.splitlines() == [
        "2026-10-05\t80.000 - 79.700 kg\ttolerance 0.200 unexplained 0.100",
        "=\t80.000 - 79.700 kg",
    ]
    assert hub == [
        (
            "viewer",
            "waste/balance",
            {"from": "2026-10-01", "to": "2026-10-31", "by": "day", "category": "food"},
        )
    ]
    assert json.loads(menwei("balance", *OCTOBER, "--json")[0]) == ANSWERS["waste/balance"]


def test_quality_is_a_line_for_each_that_is_scored_and_each_criterion(hub: list[Any]) -> None:
    asked = ["quality", "--compound", "c/1", *OCTOBER]
    said, _ = menwei(*asked)
    assert said.splitlines() == [
        "compound\tc/1\t95.0\tmixed x2 -4.0; dumped x1 -1.0",
        "point\tp1\t-",
        "building\t1号楼\t100.0",
        "criterion\tpurity\tmet\t0.98\t>= 0.9 share\tdemonstration",
        "criterion\tmixed-trips\tno-data\t-\t<= 0 trips\ttransport",
    ]
    assert hub == [("viewer", "waste/quality/c%2F1", {"from": "2026-10-01", "to": "2026-10-31"})]
    assert json.loads(menwei(*asked, "--json")[0]) == ANSWERS["waste/quality/c%2F1"]


def test_findings_are_lines_and_their_counts_stand_beside(hub: list[Any]) -> None:
    said, beside = menwei("findings", *OCTOBER, "--kind", "missed-bin", "--limit", "1")
    assert said == '{"kind": "missed-bin", "bin": "c01/桶"}\n'
    assert beside == "1 lost-tag, 2 missed-bin; only the newest 1 are listed\n"
    assert hub[0][2]["kind"] == "missed-bin"


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["routes", "--day", "2026-10-05"], ['{"route": "r1"}', '{"bin": "c01/b"}']),
        (["league", *OCTOBER], ['{"compound": "c01"}', '{"compound": "c02"}']),
        (["fiware", "WasteContainer", "--key-values"], ['{"id": "urn:1"}']),
    ],
)
def test_others_are_json_lines(words: list[str], lines: list[str]) -> None:
    assert menwei(*words)[0].splitlines() == lines


def test_only_what_was_given_is_asked_for(hub: list[Any]) -> None:
    menwei("fiware", "WasteContainer", "--key-values", "--compound", "c01", "--asof", "7")
    assert hub[0][2] == {
        "compound": "c01",
        "asof": "7",
        "options": "keyValues",
        "limit": "10000",
        "offset": "0",
    }


def test_a_ledger_is_the_file_as_it_came(
    hub: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said, _ = menwei("ledger", "c01", "2026-10", "--revised", "--lang", "en")
    assert said.startswith("c01-2026-10.pdf: 15 bytes, SHA-256 ")
    assert (tmp_path / "c01-2026-10.pdf").read_bytes() == b"bytes of a file"
    assert hub == [
        (
            "guard",
            "waste/ledger/c01/2026-10",
            {"format": "pdf", "lang": "en", "revised": "true"},
        )
    ]
    menwei("ledger", "c01", "2026-10", "--format", "csv", "--revision", "2", "--out", "here")
    assert hub[1][2] == {"format": "csv", "lang": "zh", "revision": "2"}
    assert (tmp_path / "here").is_file()


def test_a_file_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        menwei("ledger", "c01", "2026-10", "--out", str(tmp_path / "no" / "such.pdf"))
