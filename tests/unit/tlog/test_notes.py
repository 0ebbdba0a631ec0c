"""One way to write a note, a key, a checkpoint and a proof: everything else is refused in words."""

import base64
from collections.abc import Callable

import pytest

from core.errors import BadProof
from core.tlog import checkpoint, head, inclusion, lines, note
from core.tlog.checkpoint import default_origin, log_key
from core.tlog.head import TreeHead
from core.tlog.inclusion import LogProof
from core.tlog.note import MAX_NOTE, Signature, SignatureType, VerifierKey, verifier_key
from core.tlog.tree import EMPTY_ROOT, leaf_hash
from tests.fix_core import signer_of

ORIGIN = "example.com/gate"
HUB, WITNESS = signer_of(1), signer_of(2)
HEAD = TreeHead(ORIGIN, 7, leaf_hash(b"root"))
SIGNED = checkpoint.signed(HEAD, HUB)
KEY = log_key(ORIGIN, HUB.public)
ROOT = base64.b64encode(HEAD.root).decode()
LINE = SIGNED.note.signatures[0].line()
Read = Callable[[bytes], object]


def refused(read: Read, raw: bytes, says: str | None = None) -> None:
    with pytest.raises(BadProof, match=says) as found:
        read(raw)
    assert "\n" not in str(found.value)


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    raw = SIGNED.encode()
    assert raw.decode().splitlines()[:4] == [ORIGIN, "7", ROOT, ""]
    found = checkpoint.opened(raw, ORIGIN, [KEY])
    assert (found.head, found.note) == (SIGNED.head, SIGNED.note)
    assert found.verified == SIGNED.note.signatures
    assert found.encode() == raw


def test_a_key_is_read_as_it_was_written() -> None:
    assert verifier_key(KEY.encode()) == KEY
    assert KEY.encode().split("+")[1] == KEY.id.hex()
    for kind, size in ((SignatureType.COSIGNATURE_ED25519, 32),
                       (SignatureType.COSIGNATURE_ML_DSA_44, 1312)):  # fmt: skip
        other = VerifierKey("w.example", kind, bytes(size))
        assert verifier_key(other.encode()) == other


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        KEY.encode() + "\n",
        " " + KEY.encode(),
        KEY.encode().upper(),
        KEY.encode().replace("+", "-", 1),
        KEY.encode().replace(ORIGIN, "example.com/other"),  # the id is another one then
        KEY.encode().replace(ORIGIN, "exa mple"),
        KEY.encode().replace(ORIGIN, ""),
        KEY.encode()[:-1],
        KEY.encode() + "=",
        f"{ORIGIN}+{KEY.id.hex()}+" + base64.b64encode(b"\x01" + bytes(31)).decode(),
        f"{ORIGIN}+{KEY.id.hex()}+" + base64.b64encode(b"\x02" + HUB.public).decode(),
        f"{ORIGIN}+{KEY.id.hex()}+" + base64.b64encode(b"\xff" + HUB.public).decode(),
        f"{ORIGIN}+{KEY.id.hex()}+",
    ],
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(BadProof, match="key"):
        verifier_key(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        f"text\n{LINE}".encode(),
        f"text\n\n{LINE}".encode()[:-1],
        f"text\n\n{LINE}\n".encode(),
        f"text\r\n\n{LINE}".encode(),
        f"te\txt\n\n{LINE}".encode(),
        f"te\0xt\n\n{LINE}".encode(),
        b"\xff\xfe\n\n" + LINE.encode(),
        f"text\n\n{LINE.replace('— ', '- ')}".encode(),
        f"text\n\n{LINE.replace('— ', '—')}".encode(),
        f"text\n\n{LINE.replace(ORIGIN, 'a+b')}".encode(),
        f"text\n\n— {ORIGIN} AAAA\n".encode(),  # no longer than a key's id
        f"text\n\n— {ORIGIN} AAAAAAA\n".encode(),  # no padding
        f"text\n\n— {ORIGIN} AAAAAAB=\n".encode(),  # bits behind the end
        f"text\n\n{LINE}trailing".encode(),
        b"x" * MAX_NOTE + f"\n\n{LINE}".encode(),
    ],
)
def test_what_is_no_note(raw: bytes) -> None:
    refused(note.parse, raw, "note")


def test_the_text_ends_at_the_last_empty_line() -> None:
    found = note.parse(f"one\n\ntwo\n\n{LINE}".encode())
    assert (found.text, len(found.signatures)) == ("one\n\ntwo\n", 1)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n7\n{ROOT}",
        f"\n7\n{ROOT}\n",
        f"{ORIGIN}\n7\n{ROOT}\n\n",
        f"{ORIGIN}\n07\n{ROOT}\n",
        f"{ORIGIN}\n+7\n{ROOT}\n",
        f"{ORIGIN}\n-7\n{ROOT}\n",
        f"{ORIGIN}\n7 \n{ROOT}\n",
        f"{ORIGIN}\n٧\n{ROOT}\n",
        f"{ORIGIN}\n{2**63}\n{ROOT}\n",
        f"{ORIGIN}\n7\n{ROOT[:-2]}\n",
        f"{ORIGIN}\n7\n{ROOT[:-1]}\n",
        f"{ORIGIN}\n7\n{ROOT}=\n",
        f"{ORIGIN}\n0\n{ROOT}\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(BadProof):
        head.parse(text)


def test_extension_lines_are_kept_and_an_empty_tree_has_one_root() -> None:
    for one in (
        TreeHead(ORIGIN, 0, EMPTY_ROOT),
        TreeHead(ORIGIN, 2**63 - 1, HEAD.root, ("a", "b")),
    ):
        assert head.parse(one.text()) == one


def test_who_must_have_signed() -> None:
    raw = SIGNED.encode()
    refused(lambda raw: checkpoint.opened(raw, "other", [KEY]), raw, "origin")
    refused(lambda raw: checkpoint.opened(raw, ORIGIN, []), raw, "signature")
    others = [log_key(ORIGIN, WITNESS.public), log_key("other", HUB.public)]
    refused(lambda raw: checkpoint.opened(raw, ORIGIN, others), raw, "signature")


def test_a_signature_that_claims_to_be_a_known_keys_must_hold() -> None:
    """A line of its name and id that does not hold spoils the note; a stranger's line does not."""
    (ours,) = SIGNED.note.signatures
    forged = Signature(ours.name, ours.key_id, bytes(64))
    stranger = Signature("somebody", b"\1\2\3\4", bytes(64))
    for more, holds in ((forged, False), (stranger, True)):
        raw = note.merged(SIGNED.note, [more]).encode()
        if holds:
            assert checkpoint.opened(raw, ORIGIN, [KEY]).verified == (ours,)
        else:
            refused(lambda raw: checkpoint.opened(raw, ORIGIN, [KEY]), raw, "signature")


def test_a_cosignature_is_over_text_and_time() -> None:
    kind = SignatureType.COSIGNATURE_ED25519
    key = VerifierKey("w.example", kind, WITNESS.public)
    word = note.cosignature(SIGNED.note.text, "w.example", WITNESS, 1_800_000_000)
    assert note.cosigned_at(word) == 1_800_000_000
    raw = note.merged(SIGNED.note, [word]).encode()
    assert list(checkpoint.cosigners(checkpoint.parse(raw), [key])) == [key]
    assert not checkpoint.cosigners(SIGNED, [key])
    later = Signature(word.name, word.key_id, word.body[:7] + b"\1" + word.body[8:])
    short = Signature(word.name, word.key_id, word.body[:8])
    other = note.cosignature("other\n1\nx\n", "w.example", WITNESS, 1_800_000_000)
    for bad in (later, short, other):
        changed = checkpoint.parse(note.merged(SIGNED.note, [bad]).encode())
        with pytest.raises(BadProof, match="signature"):
            checkpoint.cosigners(changed, [key])


PROOF = LogProof(4, (leaf_hash(b"a"), leaf_hash(b"b")), SIGNED.encode())


def test_a_proof_may_carry_what_nobody_vouches_for() -> None:
    raw = PROOF.encode()
    assert inclusion.parse(raw) == PROOF
    assert inclusion.parse(raw.replace(b"\nindex", b"\nextra AAAA\nindex", 1)) == PROOF


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"@v1", b"@v2"),
        (b"c2sp", b" c2sp"),
        (b"index 4", b"index 04"),
        (b"index 4", b"index -4"),
        (b"index 4", b"index  4"),
        (b"index 4", b"Index 4"),
        (b"index 4\n", b""),
        (b"index 4", b"index 4\nindex 4"),
        (b"index 4", b"index 4\nextra AAAA"),
        (b"index 4", b"extra AAAA\nextra AAAA\nindex 4"),
        (b"index 4", b"index 4\nAAAA"),
        (b"index 4", "index ٤".encode()),
        (b"index 4", b"index 4\r"),
        (b"\n\n", b"\n"),
        (b"index 4", b"index 4" + b"\n" + b"\n".join([ROOT.encode()] * 62)),
    ],
)
def test_what_is_no_proof(was: bytes, now: bytes) -> None:
    refused(inclusion.parse, PROOF.encode().replace(was, now, 1))


@pytest.mark.parametrize("text", ["", "a", "AAA", "AA==\n", "AB==", "A A=", "AA=", "*AAA", "é"])
def test_base64_has_one_form(text: str) -> None:
    assert lines.decoded(text) == b""


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u3000b"])
def test_what_is_no_name(name: str) -> None:
    assert not note.valid_name(name)


def test_the_default_name_is_of_the_hubs_first_key() -> None:
    assert default_origin(HUB.public) == f"menwei/{HUB.public.hex()[:16]}"
    assert note.valid_name(default_origin(HUB.public))
