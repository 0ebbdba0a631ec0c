"""`menwei policy check` and `decide`: what they say and how they end."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import ConfigError
from infra.policy_commands import app

POLICY = """
compound = "c01"
areas.compound = {}
doors.south-gate = { credentials = ["card", "plate"] }
schedules.day = { mon-fri = ["08:00-18:00"] }
groups.staff = { grants = [{ areas = ["compound"], schedule = "day" }] }
[[persons]]
id = "e1"
class = "staff"
groups = ["staff"]
credentials = [{ kind = "card", number = "1001" }, { kind = "face", number = "f1", pin = "7" }]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


def menwei(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_check_says_what_stands_there(file: Path) -> None:
    code, said = menwei("check", file)
    assert code == 0
    assert "1 (1 staff)" in said
    assert "2 (1 card, 1 face)" in said
    assert "Findings" not in said


def test_check_ends_with_1_on_a_finding(file: Path) -> None:
    file.write_text(POLICY.replace('["card", "plate"]', '["face"]'), encoding="utf-8")
    code, said = menwei("check", file)
    assert code == 1
    assert "face-only" in said


def test_a_mistake_names_file_key_and_remedy(file: Path) -> None:
    file.write_text(POLICY.replace('schedule = "day"', 'schedule = "night"'), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:  # which `menwei` ends with 2 for
        menwei("check", file)
    assert str(caught.value) == (
        f"{file}: key `groups.staff.grants[0].schedule`: 'night' is no schedule of this file. "
        "Describe the schedule or correct the name."
    )


def test_no_file_is_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        menwei("check", tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--card", "1001", "--at", "2026-03-02T09:00"), 0, "granted\n"),
        (("--card", "1001", "--at", "2026-03-02T09:00Z"), 0, "granted\n"),
        (("--card", "1001", "--at", "2026-03-02T11:00Z"), 1, "denied: not-permitted-at-this-time"),
        (("--card", "1002", "--at", "2026-03-02T09:00"), 1, "denied: credential-not-found"),
        (("--plate", "京A12345"), 1, "denied: credential-not-found"),
        (
            ("--kind", "face", "--number", "f1", "--pin", "8", "--at", "2026-03-02T09:00"),
            1,
            "denied: invalid-pin",
        ),
    ],
)
def test_decide(file: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    found = menwei("decide", file, "--door", "south-gate", *arguments)
    assert found[0] == code
    assert found[1].startswith(said)


def test_decide_says_why(file: Path) -> None:
    _, said = menwei(
        "decide", file, "--door", "south-gate", "--card", "1001", "--at", "2026-03-02T09:00"
    )
    assert said == "granted\n  class: staff\n  by group: staff\n"


def test_decide_wants_one_credential(file: Path) -> None:
    assert menwei("decide", file, "--door", "south-gate")[0] == 2
    assert menwei("decide", file, "--door", "d", "--card", "1", "--plate", "2")[0] == 2


def test_a_time_that_is_none(file: Path) -> None:
    with pytest.raises(ConfigError, match="--at 'noon'"):
        menwei("decide", file, "--door", "south-gate", "--card", "1", "--at", "noon")
