"""A proof is made of a hub's files, and holds without them; whatever is changed, it does not."""

import io
import random
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import pytest

from core.tlog import note
from core.tlog.checkpoint import log_key
from core.tlog.tree import leaf_hash
from tests.fix_core import SEED, signer_of
from tests.fix_signed import SignedHub
from tests.unit.audit.conftest import Audit
from tests.unit.audit.test_rebuild_tree import stored

WITNESS, OTHER = signer_of(8), signer_of(9)


def proved(audit: Audit, what: object, to: Path) -> Path:
    code, said, _ = audit("prove", what)
    assert code == 0
    path = to / "batch.tlog-proof"
    path.write_text(said, encoding="utf-8")
    return path


@pytest.fixture
def proof(audit: Audit, tmp_path: Path) -> Path:
    """Of batch 257."""
    return proved(audit, 257, tmp_path)


@pytest.fixture
def frame(hub: SignedHub, tmp_path: Path) -> Path:
    path = tmp_path / "batch.frame"
    path.write_bytes(hub.frames()[256])
    return path


@pytest.mark.parametrize("position", [1, 256, 257, 300])
def test_a_proof_holds_for_its_batch_alone(
    audit: Audit, hub: SignedHub, tmp_path: Path, position: int
) -> None:
    path = proved(audit, position, tmp_path)
    leaves = [leaf_hash(frame).hex() for frame in hub.frames()]
    code, said, _ = audit.plain("check", path, "--leaf", leaves[position - 1], "--key", hub.key)
    assert (code, said) == (0, f"batch {position} of 300 in {hub.life.origin}: the proof holds\n")
    code, _, why = audit.plain("check", path, "--leaf", leaves[position - 2], "--key", hub.key)
    assert code == 1
    assert "root" in why


def test_an_event_is_proved_by_its_batch(audit: Audit, proof: Path) -> None:
    code, said, _ = audit("prove", "door-1:257")
    assert (code, said) == (0, proof.read_text())


def test_by_the_bytes_of_the_batch(audit: Audit, hub: SignedHub, proof: Path, frame: Path) -> None:
    assert audit.plain("check", proof, "--frame", frame, "--key", hub.key)[0] == 0
    frame.write_bytes(frame.read_bytes() + b"\n")
    assert audit.plain("check", proof, "--frame", frame, "--key", hub.key)[0] == 1


@pytest.mark.parametrize("what", ["301", "0", "9" * 5_000, "no-such-event", "", "x" * 600])
def test_what_is_not_in_it_has_no_proof(audit: Audit, what: str) -> None:
    code, said, why = audit("prove", what)
    assert (code, said) == (1, "")
    assert why.count("\n") == 1


def test_a_damaged_batch_is_one_sentence(audit: Audit, hub: SignedHub) -> None:
    stored(hub, "UPDATE stored_events SET state = x'00' WHERE rowid = 280")
    code, said, why = audit("prove", "door-1:5")
    assert (code, said) == (1, "")
    assert "position 280" in why


class Answers:
    """A hub elsewhere, as far as it is asked: pages of events, then the proof."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def open(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:
        self.asked.append(request.full_url)
        assert request.get_header("Authorization") == "Bearer secret"
        pages = [
            b'{"events":[],"next":"90.3","complete":false}',
            b'{"events":[{"position":7}],"next":7,"complete":false}',
            b"the proof\n",
        ]
        return io.BytesIO(pages[len(self.asked) - 1])


def test_another_hub_is_asked_page_by_page(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers()
    monkeypatch.setattr(urllib.request, "urlopen", answers.open)
    (tmp_path / "token").write_text("secret\n")
    told = audit("prove", "door-1:5", "--url", "https://hub.example/", "--token-file",
                 tmp_path / "token")  # fmt: skip
    assert told == (0, "the proof\n", "")
    api = "https://hub.example/api/v1"
    assert answers.asked == [
        f"{api}/events?id=door-1%3A5&limit=1",
        f"{api}/events?id=door-1%3A5&limit=1&before=90.3",
        f"{api}/proof/7",
    ]


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (urllib.error.HTTPError("u", 404, "no", Message(), None), 1),
        (urllib.error.HTTPError("u", 401, "no", Message(), None), 2),
        (ConnectionRefusedError("refused"), 3),
    ],
)
def test_what_another_hub_may_answer(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, code: int
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(urllib.request, "urlopen", fails)
    (tmp_path / "token").write_text("secret\n")
    found = audit("prove", "5", "--url", "http://hub.example", "--token-file", tmp_path / "token")
    assert (found[0], found[2].count("\n")) == (code, 1)


@pytest.mark.parametrize(
    "given", [("--url", "hub.example"), ("--url", "file:///etc/passwd"), ("--url", "http://h")]
)
def test_where_nobody_can_be_asked(audit: Audit, given: tuple[str, ...]) -> None:
    assert audit("prove", "5", *given)[0] == 2


def test_before_anything_is_signed(tmp_path: Path, menwei: Audit) -> None:
    code, _, why = menwei("audit", "prove", "1", "--data", tmp_path)
    assert code == 3
    assert "no signed log here" in why


def test_any_changed_byte_of_a_proof_is_noticed(
    audit: Audit, hub: SignedHub, proof: Path, frame: Path
) -> None:
    rng, whole = random.Random(SEED), proof.read_bytes()
    for _ in range(200):
        at, bit = rng.randrange(len(whole)), 1 << rng.randrange(8)
        proof.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        code, said, why = audit.plain("check", proof, "--frame", frame, "--key", hub.key)
        assert (code, said) == (1, ""), (at, bit)
        assert why.startswith("menwei: the proof does not hold, ")
        assert why.count("\n") == 1


def test_another_logs_key_is_not_this_ones(audit: Audit, hub: SignedHub, proof: Path) -> None:
    leaf = leaf_hash(hub.frames()[256]).hex()
    for key, says in ((log_key("menwei/other", hub.signer.public), "origin"),
                      (log_key(hub.life.origin, OTHER.public), "signature")):  # fmt: skip
        code, _, why = audit.plain("check", proof, "--leaf", leaf, "--key", key.encode())
        assert code == 1
        assert says in why


def cosigned(proof: Path, name: str) -> None:
    """What a witness of that name adds."""
    text = proof.read_text(encoding="utf-8")
    tree = text.split("\n\n")[1] + "\n"
    word = note.cosignature(tree, name, WITNESS, 1_800_000_000)
    proof.write_text(text + word.line(), encoding="utf-8")


def test_a_policy_asks_for_witnesses(
    audit: Audit, hub: SignedHub, proof: Path, frame: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "policy"
    kind = note.SignatureType.COSIGNATURE_ED25519
    witness = note.VerifierKey("city.example", kind, WITNESS.public).encode()
    policy.write_text(f"log {hub.key}\nwitness city {witness}\nquorum city\n")
    code, _, why = audit.plain("check", proof, "--frame", frame, "--policy", policy)
    assert code == 1
    assert "nobody" in why
    cosigned(proof, "city.example")
    code, said, _ = audit.plain("check", proof, "--frame", frame, "--policy", policy)
    assert (code, said.splitlines()[1:]) == (0, ["cosigned by city.example"])
    policy.write_text(f"log {hub.key}\nquorum none\n")
    assert audit.plain("check", proof, "--frame", frame, "--policy", policy)[0] == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--leaf", "ab" * 32), "no log is trusted"),
        (("--leaf", "ab" * 32, "--key", "rubbish"), "--key"),
        (("--leaf", "AB" * 32, "--key", "KEY"), "--leaf"),
        (("--key", "KEY"), "--frame or by --leaf"),
        (("--key", "KEY", "--leaf", "ab" * 32, "--frame", "FRAME"), "one of the two"),
        (("--leaf", "ab" * 32, "--policy", "FRAME"), "FRAME"),
    ],
)
def test_wrong_use_is_named(
    audit: Audit, hub: SignedHub, proof: Path, frame: Path, given: tuple[str, ...], says: str
) -> None:
    named = {"KEY": hub.key, "FRAME": str(frame)}
    code, _, why = audit.plain("check", proof, *(named.get(one, one) for one in given))
    assert code == 2
    assert named.get(says, says) in why


def test_a_file_that_is_not_there_is_the_machines_fault(
    audit: Audit, hub: SignedHub, tmp_path: Path
) -> None:
    code, _, why = audit.plain("check", tmp_path / "none", "--leaf", "ab" * 32, "--key", hub.key)
    assert code == 3
    assert "none" in why
