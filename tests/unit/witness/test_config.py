"""witness.toml, the policy file beside it, and the commands around them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import ConfigError
from core.tlog import checkpoint
from core.tlog.note import verifier_key
from infra.commands import app
from infra.witness import policy
from infra.witness.config import read
from tests.fix_core import signer_of
from tests.fix_witness import LOG_KEY, NAME, ORIGIN, cosigner

VKEY = LOG_KEY.encode()
GOOD = f'name = "{NAME}"\ndata = "d"\n[[logs]]\nvkey = "{VKEY}"\n'
CITY, HOUSE, AUDIT = (cosigner(f"w.example/{name}", 50 + at) for at, name in enumerate("abc"))


def line(name: str, at: int, who: object = CITY) -> str:
    return f"witness {name} {who.keys[at].encode()} https://w.example/{name}\n"  # type: ignore[attr-defined]


TWO_OF_THREE = (
    f"log {VKEY}\n"
    + line("city", 1)
    + line("house", 1, HOUSE)
    + line("audit", 1, AUDIT)
    + "group any-two 2 city house audit\nquorum any-two\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def written(text: str) -> Path:
        path = tmp_path / "witness.toml"
        path.write_text(text)
        return path

    return written


def test_a_good_one(file: Callable[[str], Path]) -> None:
    new = checkpoint.log_key(ORIGIN, signer_of(44).public)
    path = file(GOOD + f'[[logs]]\nvkey = "{new.encode()}"\n')
    found = read(path)
    assert found.logs == {ORIGIN: frozenset({LOG_KEY, new})}
    assert found.folder == path.parent / "d"
    assert found.http.host == "127.0.0.1"


def test_logs_of_a_policy_file(file: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "p").write_text(TWO_OF_THREE)
    assert read(file(f'name = "{NAME}"\ndata = "d"\npolicy = "p"\n')).logs == {
        ORIGIN: frozenset({LOG_KEY})
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace(NAME, "a b"), "key `name`"),
        (GOOD.replace(NAME, "a+b"), "key `name`"),
        (GOOD.replace(NAME, "a" * 256), "key `name`"),
        (GOOD.replace(VKEY, VKEY[:-4]), r"key `logs\[0\].vkey`"),
        (GOOD.replace(VKEY, CITY.keys[0].encode()), "a witness's key"),
        (f'name = "{NAME}"\ndata = "d"\n', "no log to watch"),
        (f'name = "{NAME}"\ndata = "d"\npolicy = "absent"\n', "absent: the trust policy"),
        (GOOD + "else = 1\n", "else"),
        (
            GOOD.replace(VKEY, checkpoint.log_key("o" * 256, bytes(32)).encode()),
            "more than 255 bytes",
        ),
    ],
)
def test_what_is_wrong_is_named(file: Callable[[str], Path], text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read(file(text))


def test_keys_are_made_once(file: Callable[[str], Path]) -> None:
    path = file(GOOD)
    first, second = (
        CliRunner().invoke(app, ["witness", "key", "--config", str(path)]) for _ in range(2)
    )
    assert first.exit_code == 0
    assert first.output == second.output
    assert [verifier_key(one).type for one in first.output.split()] == [4, 6]


def test_a_damaged_key_is_not_replaced(file: Callable[[str], Path], tmp_path: Path) -> None:
    path = file(GOOD)
    CliRunner().invoke(app, ["witness", "key", "--config", str(path)])
    (tmp_path / "d" / "witness-mldsa44.key").write_text("half")
    result = CliRunner().invoke(app, ["witness", "key", "--config", str(path)])
    assert isinstance(result.exception, ConfigError)
    assert (tmp_path / "d" / "witness-mldsa44.key").read_text() == "half"


def test_only_checked(file: Callable[[str], Path], tmp_path: Path) -> None:
    path = file(GOOD)
    assert CliRunner().invoke(app, ["witness", "--config", str(path), "--check"]).exit_code == 0
    assert not (tmp_path / "d").exists()


def said_of(tmp_path: Path, text: str) -> tuple[int, str]:
    path = tmp_path / "policy"
    path.write_text(text)
    result = CliRunner().invoke(app, ["audit", "policy", str(path)])
    if isinstance(result.exception, ConfigError):
        return 2, str(result.exception)
    return result.exit_code, result.output


def test_a_policy_in_words(tmp_path: Path) -> None:
    code, said = said_of(tmp_path, TWO_OF_THREE)
    assert code == 0
    assert "cosigned by 2 of (city, house, audit)" in said
    assert "That takes 2 cosignatures" in said
    assert f"log {ORIGIN} (Ed25519)" in said
    assert "witness city: w.example/a (ML-DSA-44), https://w.example/city" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"log {VKEY}\nquorum none\n", "No witness is needed"),
        (line("city", 1) + "quorum city\n", "No log is named"),
        (f"log {VKEY}\n" + line("a", 1) + line("b", 1, HOUSE) + "quorum a\n", "b counts for noth"),
        (
            f"log {VKEY}\n"
            + line("a", 0)
            + line("a2", 1)
            + line("b", 1, HOUSE)
            + "group g 2 a a2 b\nquorum g\n",
            "g: one witness counts there more than once",
        ),
    ],
)
def test_a_policy_that_demands_less_than_it_seems_to(tmp_path: Path, text: str, says: str) -> None:
    code, said = said_of(tmp_path, text)
    assert code == 1
    assert says in said


def test_a_witness_with_two_keys_counts_once(tmp_path: Path) -> None:
    text = (
        f"log {VKEY}\n"
        + line("a", 0)
        + line("a2", 1)
        + line("b", 1, HOUSE)
        + "group a-any any a a2\ngroup both all a-any b\nquorum both\n"
    )
    assert said_of(tmp_path, text)[0] == 0
    path = tmp_path / "policy"
    assert not list(policy.findings(policy.read(path)))


def test_a_line_that_is_wrong_is_named(tmp_path: Path) -> None:
    code, said = said_of(tmp_path, TWO_OF_THREE + "nonsense\n")
    assert code == 2
    assert "line 7" in said
