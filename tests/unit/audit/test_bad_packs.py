"""Files that are no honest packs: one plain sentence and an exit code each, whatever they are."""

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from infra.audit import verifier
from infra.audit.beside import pack_files
from infra.audit.evidence import SAY, Finding, Policy
from infra.audit.verifier import Wish, audited
from tests import fix_pack
from tests.fix_pack import LOG_KEY, Files, packed, zipped
from tests.tampers.verdict import BARE, found
from tests.tampers.world import world

_DATE = (1980, 1, 1, 0, 0, 0)


def said(raw: bytes) -> Finding:
    one = found(raw, BARE)
    assert one is not None
    for language in ("zh", "en"):
        told = one.told(language)
        assert told
        assert "\n" not in told
    return one


def files() -> Files:
    return dict(world().files)


def manifest(**changed: object) -> bytes:
    return packed(files(), **changed)


def named(name: str, content: bytes = b"x", attributes: int = 0o644 << 16) -> bytes:
    """An honest pack with one more entry."""
    out = io.BytesIO(packed(files()))
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("x", _DATE)
        info.filename, info.external_attr = name, attributes
        archive.writestr(info, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../x", "media/../../x", "C:\\x", "c:x", "..\\x", "media/" + "0" * 63, "frameѕ",
     "README.md/", "media/", "tiles/tile/0/000.p/0", "tiles/tile/9/000", "x" * 60_000, "frames\n"],
)  # fmt: skip
def test_a_name_that_is_not_of_the_list_is_refused(name: str) -> None:
    assert said(named(name)).code == "name"


def test_a_link_is_refused() -> None:
    assert said(named("media/" + "0" * 64, b"/etc/passwd", 0o120777 << 16)).code == "name"


def test_a_name_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        raw = named("README.md")
    assert said(raw).code == "zip"


@pytest.mark.parametrize("raw", [b"", b"x", b"PK\5\6" + bytes(18), b"PK\3\4" * 30, bytes(100)])
def test_what_is_no_zip_is_said_to_be_none(raw: bytes) -> None:
    assert said(raw).code in ("zip", "missing")


def test_a_pack_cut_anywhere_is_refused() -> None:
    raw = packed(files())
    for end in [*range(0, len(raw), 997), *range(len(raw) - 60, len(raw))]:
        assert said(raw[:end]).code == "zip"


def test_something_before_between_or_behind_is_refused() -> None:
    raw = packed(files())
    assert said(b"#!" + raw).code == "zip"
    assert said(raw + b"x").code == "zip"
    commented = raw[:-2] + struct.pack("<H", 2) + b"PK"
    assert said(commented).code == "zip"


def test_entries_over_one_another_are_refused() -> None:
    """The directory names one place twice, as bombs without much depth do."""
    raw = bytearray(packed(files()))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        at = raw.index(b"PK\1\2")
        second = raw.index(b"PK\1\2", at + 4)
        raw[second + 42 : second + 46] = struct.pack("<I", archive.infolist()[0].header_offset)
    assert said(bytes(raw)).code == "zip"


def test_a_descriptor_behind_an_entry_is_refused() -> None:
    class Pipe(io.RawIOBase):
        """Nowhere to go back to, so that lengths stand behind."""

        def __init__(self) -> None:
            self.held = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, part: object) -> int:
            self.held += bytes(part)  # type: ignore[call-overload]
            return len(bytes(part))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        archive.writestr("README.md", b"x")
    assert said(bytes(pipe.held)).code == "zip"


def test_bombs_are_told_by_what_they_claim() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.md", bytes(20_000_000))
    assert said(out.getvalue()).code == "bomb"


def test_a_claim_of_exabytes_is_refused() -> None:
    raw = bytearray(packed(files()))
    at = raw.index(b"PK\1\2")
    raw[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    assert said(bytes(raw)).code == "bomb"


def test_less_than_claimed_is_refused() -> None:
    raw = bytearray(packed(files()))
    at = raw.index(b"PK\1\2")
    size = struct.unpack_from("<I", raw, at + 24)[0]
    raw[at + 24 : at + 28] = struct.pack("<I", size + 1000)
    assert said(bytes(raw)).code == "zip"


@pytest.mark.parametrize("name", ["manifest.json", "checkpoint", "frames", "dictionary1.bin"])
def test_what_is_needed_must_be_there(name: str) -> None:
    rest = files()
    content = rest.pop(name)
    raw = zipped(rest) if name == "manifest.json" else packed(rest)
    assert content
    one = said(raw)
    assert (one.code, one.place) == ("missing", {"file": name})


def test_a_file_that_the_manifest_does_not_list_is_refused() -> None:
    rest = files()
    listed = json.loads(rest["manifest.json"]) | {"files": {}}
    rest["manifest.json"] = json.dumps(listed).encode()
    assert said(zipped(rest)).code == "manifest"


def test_a_newer_version_is_not_judged() -> None:
    one = said(manifest(version=2))
    assert (one.code, one.exit) == ("newer", 3)


@pytest.mark.parametrize(
    "changed",
    [{"format": "other"}, {"version": "1"}, {"version": None}, {"selection": 1}, {"selection": {}},
     {"export": "x"}, {"export": 0}, {"export": [1]}, {"export": 10**30},
     {"selection": {"from": -1, "to": 2, "compound": "", "types": []}},
     {"selection": {"from": 9, "to": 2, "compound": "", "types": []}},
     {"selection": {"from": 1, "to": 2, "compound": [], "types": None}}],
)  # fmt: skip
def test_a_manifest_that_says_something_else_is_refused(changed: dict[str, object]) -> None:
    assert said(manifest(**changed)).code in ("form", "newer", "selection", "hole")


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[7]", b"null", b"NaN", b'{"format":NaN}', b"[" * 100_000, b"9" * 100_000,
     b'{"a":' * 50_000, b"\xff\xfe", b'"\\ud800"', b'{"format":"menwei-audit-pack","version":1e9}'],
)  # fmt: skip
@pytest.mark.parametrize(
    "name", ["manifest.json", "skipped.json", "keys.json", "gaps.json", "media.json"]
)
def test_a_list_that_is_none_is_refused(name: str, raw: bytes) -> None:
    rest = files()
    if name == "manifest.json":
        assert said(zipped({**rest, name: raw})).exit in (1, 3)
        return
    assert said(packed({**rest, name: raw})).code in ("form", "copy")


@pytest.mark.parametrize("name", ["checkpoint", "checkpoints"])
@pytest.mark.parametrize(
    "raw",
    [b"x", b"\xff", b"a\n-1\nAAAA\n\n", b"[" * 100_000, b"null\n", b'{"checkpoint":1,"proof":2}\n',
     b'{"checkpoint":"a","proof":[1]}', "jinxiu.example/log\n１\nAAAA\n\n— a b\n".encode()],
)  # fmt: skip
def test_a_checkpoint_that_is_none_is_refused(name: str, raw: bytes) -> None:
    assert said(packed({**files(), name: raw})).code == "form"


def test_another_log_is_told() -> None:
    text = world().built.text(20).replace("jinxiu", "other")
    raw = packed({**files(), "checkpoint": fix_pack.signed(text, [fix_pack.HUB2], {}, "x")})
    assert said(raw).code == "origin"


def _fuzzed(rng: Random) -> bytes:
    raw = bytearray(rng.choice([packed(files()), zipped(files(), zipfile.ZIP_DEFLATED)]))
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange(len(raw))
        match rng.randrange(4):
            case 0:
                raw[at] ^= 1 << rng.randrange(8)
            case 1:
                raw[at : at + rng.randrange(1, 9)] = rng.randbytes(rng.randrange(9))
            case 2:
                del raw[at : at + rng.randrange(1, 2000)]
            case _:
                end = rng.randrange(len(raw))
                raw[at:at] = raw[end : end + rng.randrange(1, 300)]
    return bytes(raw)


def _contents(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {one.filename: archive.read(one) for one in archive.infolist()}


MUTATIONS = int(os.environ.get("MENWEI_PACK_MUTATIONS", "400"))


def test_whatever_is_changed_it_is_found_or_changes_nothing(seed: int) -> None:
    """Bytes anywhere in the file; where it is said to hold, every file in it is as it was."""
    rng = Random(seed)
    honest = _contents(packed(files()))
    for number in range(MUTATIONS):
        raw = _fuzzed(rng)
        if (one := found(raw, BARE)) is None:
            changed = {
                name for name, content in _contents(raw).items() if honest.get(name) != content
            }
            assert changed <= {"manifest.json"}, number
        else:
            assert one.told("zh")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "a.menwei-audit.zip"
    path.write_bytes(packed(files()))
    return path


def run(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """The one file alone, where nothing of ours can be imported."""
    program = folder / "verify.py"
    program.write_bytes(pack_files(None)["verify.py"])
    command = [sys.executable, "-I", program, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_the_one_file_runs_alone(pack: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text(fix_pack.POLICY)
    done = run(tmp_path, pack, "--policy", policy, "--lang", "en")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "everything holds"
    assert "jinxiu.example/log, 20, " in done.stdout


def test_it_writes_nothing(pack: Path, tmp_path: Path) -> None:
    run(tmp_path, pack, "--key", LOG_KEY)
    assert sorted(one.name for one in tmp_path.iterdir()) == [pack.name, "verify.py"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["{pack}", "--key", "x"], 2),
        (["{pack}"], 2),
        (["{pack}", "--key", LOG_KEY, "--policy", "missing"], 2),
        (["{pack}", "--key", LOG_KEY, "--trusted", "{pack}"], 2),
        (["missing", "--key", LOG_KEY], 2),
        (["{folder}", "--key", LOG_KEY], 2),
        (["{pack}", "--key", LOG_KEY, "--origin", "other"], 2),
        (["{pack}", "--key", "00" * 32, "--origin", "jinxiu.example/log"], 1),
        (["{pack}", "--key", fix_pack.HUB.public.hex(), "--origin", "jinxiu.example/log"], 0),
    ],
)
def test_exit_codes(pack: Path, tmp_path: Path, words: list[str], code: int) -> None:
    done = run(tmp_path, *(one.format(pack=pack, folder=tmp_path) for one in words))
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.strip()


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_is_no_file_is_named_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Finding) as caught:
        audited(Wish(Path(name), LOG_KEY), lambda *_: None)
    assert caught.value.told("zh").endswith(f": {name}")
    assert "Errno" not in caught.value.told("zh")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_the_environments_fault(pack: Path) -> None:
    pack.chmod(0)
    with pytest.raises(Finding) as caught:
        audited(Wish(pack, LOG_KEY), lambda *_: None)
    assert caught.value.exit == 3


def test_without_zstd_it_says_what_it_did_not_check(
    pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "zstandard", None)
    told = audited(Wish(pack, LOG_KEY), lambda *_: None).told("en")
    assert "not checked: 压缩的事件 packed events" in told


@pytest.mark.parametrize(
    "text",
    ["", "quorum", "quorum a", "witness a b\nquorum none", "group g 1 a\nquorum g",
     "log x\nquorum none",
     f"witness a {fix_pack.WITNESSES[0].key.encode()}\ngroup g x a\nquorum g"],
)  # fmt: skip
def test_a_policy_that_is_none_is_a_usage_error(pack: Path, tmp_path: Path, text: str) -> None:
    policy = tmp_path / "policy"
    policy.write_text(text)
    with pytest.raises(Finding, match="no policy") as caught:
        audited(Wish(pack, LOG_KEY, policy=policy), lambda *_: None)
    assert caught.value.exit == 2


@pytest.mark.parametrize("key", ["", "zz", "a+b", "a+0+00"])
def test_what_is_no_key_is_said_in_the_users_words(pack: Path, key: str) -> None:
    with pytest.raises(Finding, match="--key: name the log's key") as caught:
        audited(Wish(pack, key), lambda *_: None)
    assert caught.value.exit == 2


def test_a_kept_checkpoint_that_is_none_is_named(pack: Path) -> None:
    with pytest.raises(Finding, match="--trusted: cannot be read, or is no checkpoint"):
        audited(Wish(pack, LOG_KEY, trusted=(pack,)), lambda *_: None)


SENTENCES: Callable[[str], list[str]] = SAY.__getitem__


@pytest.mark.parametrize("code", [*SAY])
def test_every_sentence_stands_in_both_languages(code: str) -> None:
    zh, en = SENTENCES(code)
    assert zh
    assert en
    assert zh.count("{") == en.count("{")


def test_a_policy_without_quorum_asks_for_nothing() -> None:
    assert Policy().met({}, "none")
