"""Whose word is enough: a policy file is understood whole or not at all."""

from collections.abc import Sequence

import pytest

from core.errors import BadProof
from core.tlog import quorum
from core.tlog.note import SignatureType, VerifierKey
from tests.fix_core import signer_of

LOG = VerifierKey("example.com/gate", SignatureType.ED25519, signer_of(1).public)
A, B, C, D = (
    VerifierKey(f"{name}.example", SignatureType.COSIGNATURE_ED25519, signer_of(seed).public)
    for seed, name in enumerate("abcd", 2)
)
WITNESSES = "".join(
    f"witness {name} {key.encode()}\n" for name, key in zip("abcd", (A, B, C, D), strict=True)
)


def policy(rest: str) -> quorum.Quorum:
    return quorum.parse((WITNESSES + rest).encode())


@pytest.mark.parametrize(
    ("rest", "enough", "not_enough"),
    [
        ("quorum none", [[], [A]], []),
        ("quorum a", [[A], [A, B]], [[], [B, C, D]]),
        ("group g all a b\nquorum g", [[A, B], [A, B, C]], [[A], [B], [C, D]]),
        ("group g any a b\nquorum g", [[A], [B]], [[], [C, D]]),
        ("group g 2 a b c\nquorum g", [[A, B], [B, C], [A, B, C]], [[A], [A, D], []]),
        (
            "group x any a b\ngroup y any c d\ngroup both all x y\nquorum both",
            [[A, C], [B, D]],
            [[A, B], [C, D], []],
        ),
        ("group x 2 a b\ngroup g any x c\nquorum g", [[A, B], [C]], [[A], [B, D]]),
    ],
)
def test_who_is_enough(
    rest: str, enough: Sequence[Sequence[VerifierKey]], not_enough: Sequence[Sequence[VerifierKey]]
) -> None:
    asked = policy(rest)
    assert all(asked.met(one) for one in enough)
    assert not any(asked.met(one) for one in not_enough)


def test_comments_spaces_and_addresses() -> None:
    text = f"# ours\n\n  log {LOG.encode()}\thttps://example.com/gate \n#\nquorum  none\n"
    found = quorum.parse(text.encode())
    assert [(one.key, one.url) for one in found.logs] == [(LOG, "https://example.com/gate")]
    assert quorum.parse("# 门卫\nquorum none".encode()).needed == ""


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "quorum",
        "quorum nobody",
        "quorum none\nquorum none",
        "quorum a b",
        "Quorum none",
        "group g all\nquorum none",
        "group g 0 a b\nquorum none",
        "group g 3 a b\nquorum none",
        "group g 01 a b\nquorum none",
        "group g some a b\nquorum none",
        "group g all a nobody\nquorum none",
        "group g all a a\nquorum none",
        "group g all a\ngroup h all a\nquorum none",
        "group g all a\ngroup g all b\nquorum none",
        "group a all b\nquorum none",
        "group none all b\nquorum none",
        "group g all g\nquorum none",
        f"witness a {LOG.encode()}\nquorum none",
        f"witness e {LOG.encode()}\nquorum none",  # a log's key cannot cosign
        f"witness e {A.encode()}\nquorum none",  # stands there already
        f"log {A.encode()}\nquorum none",
        f"log {LOG.encode()}\nlog {LOG.encode()}\nquorum none",
        f"log {LOG.encode()} https://a https://b\nquorum none",
        "log rubbish\nquorum none",
        "quorum none\r",
        "quorum none\x00",
        "quorum none\x7f",
    ],
)
def test_what_is_no_policy(rest: str) -> None:
    with pytest.raises(BadProof, match=r"policy|key"):
        policy(rest)


def test_what_is_wrong_is_named_by_its_line() -> None:
    with pytest.raises(BadProof, match="line 6: "):
        policy("# fifth\nnonsense\n")
