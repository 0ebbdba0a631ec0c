"""`[log] policy` of hub.toml: whom the hub can ask, and whether that can be enough."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from infra.hub import config
from infra.hub.witness_policy import witnessed
from tests.fix_witness import cosigner

KEYS = [cosigner(f"w.example/{name}", 50 + at).keys[1].encode() for at, name in enumerate("abc")]
GOOD = "".join(
    f"witness {name} {key} https://w.example/{name}\n"
    for name, key in zip("abc", KEYS, strict=True)
)
GOOD += "group two 2 a b c\nquorum two\n"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "witnesses.policy"
    path.write_text(GOOD)
    return path


def hub(folder: Path, text: str) -> config.Settings:
    path = folder / "hub.toml"
    path.write_text(f'data = "d"\n{text}')
    return config.read(path)


def test_read_beside_hub_toml(policy: Path) -> None:
    found = hub(policy.parent, '[log]\npolicy = "witnesses.policy"\n').quorum
    assert [*found.witnesses] == ["a", "b", "c"]
    assert hub(policy.parent, "").quorum.witnesses == {}


def test_one_without_an_address_is_not_asked(policy: Path) -> None:
    policy.write_text(GOOD.replace(" https://w.example/c", ""))
    assert witnessed(policy).witnesses["c"].url == ""


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("quorum two", "quorum three", "line 5: 'three' is not defined"),
        ("quorum two", "", "no quorum line"),
        ("https://w.example/b", "ftp://w.example", "witness 'b'"),
        ("https://w.example/b", "https:///b", "witness 'b'"),
        ("https://w.example/b", "https://w.example:0/b", "witness 'b'"),
        ("https://w.example/b", "https://w.example:x/b", "witness 'b'"),
        ("https://w.example/b", "https://me:secret@w.example/b", "witness 'b'"),
        ("https://w.example/b", "https://w.example/b?x=1", "witness 'b'"),
        ("https://w.example/b", "https://门.example/b", "witness 'b'"),
        ("group two 2", "group two 3", ""),
    ],
)
def test_what_is_wrong_is_named(policy: Path, was: str, now: str, says: str) -> None:
    policy.write_text(GOOD.replace(was, now), encoding="utf-8")
    if not says:
        witnessed(policy)
        return
    with pytest.raises(ConfigError, match=says) as error:
        hub(policy.parent, '[log]\npolicy = "witnesses.policy"\n')
    assert str(policy) in str(error.value)


def test_a_quorum_that_nobody_can_be_asked_for(policy: Path) -> None:
    text = GOOD.replace(" https://w.example/c", "").replace(" https://w.example/b", "")
    policy.write_text(text)
    with pytest.raises(ConfigError, match="cannot be met"):
        witnessed(policy)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent: the trust policy cannot be read"):
        hub(tmp_path, '[log]\npolicy = "absent"\n')
