"""`menwei audit verify` compares the lists that are for readers; the file alone says it did not."""

import json
from pathlib import Path

import pytest

from infra.audit.verifier import Wish, audited
from tests.fix_pack import LOG_KEY, Files, packed
from tests.tampers.world import world
from tests.unit.infra.test_cli import Run


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tmp_path / "a.zip"


def verified(menwei: Run, pack: Path, **changed: bytes) -> tuple[int, str]:
    files: Files = {
        **world().files,
        **{name.replace("_", "."): raw for name, raw in changed.items()},
    }
    pack.write_bytes(packed(files))
    code, out, _ = menwei("audit", "verify", pack, "--key", LOG_KEY, "--lang", "en")
    return code, out


def test_honest_lists_hold(menwei: Run, pack: Path) -> None:
    code, out = verified(menwei, pack)
    assert (code, out.splitlines()[-1]) == (0, "everything holds")
    assert "keys.json" not in out


def test_the_file_alone_says_that_it_did_not_compare_them(menwei: Run, pack: Path) -> None:
    verified(menwei, pack)
    assert "not checked: 清单 keys.json" in audited(Wish(pack, LOG_KEY)).told("en")


def test_a_list_that_says_more_than_the_frames_is_named(menwei: Run, pack: Path) -> None:
    said = json.loads(world().files["gaps.json"])
    code, out = verified(menwei, pack, gaps_json=json.dumps([*said, said[-1]]).encode())
    place = said[-1]["position"]
    assert (code, out) == (1, f"position {place}: gaps.json is not what was signed\n")


def test_a_picture_that_no_event_names_is_found(menwei: Run, pack: Path) -> None:
    shown = json.dumps([{"position": 3, "sha256": "0" * 64, "store": "held"}]).encode()
    assert verified(menwei, pack, media_json=shown)[0] == 1


def test_a_list_may_be_longer_than_what_is_read_at_once(
    menwei: Run, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.audit.readers._CHUNK", 700)
    monkeypatch.setattr("infra.audit.readers._LONGEST", 1400)
    assert verified(menwei, pack)[0] == 0


@pytest.mark.parametrize("raw", [b"[1]", b'[{"position":1}', b"{}", b"[{}]x", b"[[]]"])
def test_a_list_that_is_none_is_a_finding(menwei: Run, pack: Path, raw: bytes) -> None:
    code, out = verified(menwei, pack, media_json=raw)
    assert code == 1
    assert "media.json" in out


def test_another_language_is_a_usage_error(menwei: Run, pack: Path) -> None:
    assert menwei("audit", "verify", pack, "--key", LOG_KEY, "--lang", "fr")[0] == 2
