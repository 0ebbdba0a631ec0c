"""docs/batch-format.md against the code: an auditor who follows the page must come out here."""

import hashlib
import re
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core import batch as core_batch
from core.batch import Batch, parse
from core.receipt import Receipt
from core.tlog.tree import leaf_hash
from tests.golden.formats import GATEWAY, HUB
from tests.golden.make import HERE
from tests.unit.core.test_ingest_refusals import REFUSALS

PAGE = (Path(__file__).parents[2] / "docs" / "batch-format.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def table(heading: str) -> list[list[str]]:
    """The cells of the table whose first header cell is `heading`; backticks taken off."""
    rows = re.split(rf"^\| {heading} \|.*\n\|[-:| ]+\n", PAGE, flags=re.MULTILINE)[1]
    found = []
    for line in rows.splitlines():
        if not line.startswith("|"):
            break
        found.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return found


FIELDS = table("offset")
FRAME = bytes.fromhex(block("hex frame"))
EXAMPLE = parse(FRAME)


def sliced(frame: bytes) -> dict[str, bytes]:
    """The frame cut up by nothing but the page's table."""
    size = len(frame) - 148 - 64
    parts: dict[str, bytes] = {}
    at = 0
    for offset, length, name, _meaning in FIELDS:
        assert at == (148 + size if offset == "148 + n" else int(offset)), name
        step = size if length == "n" else int(length)
        parts[name] = frame[at : at + step]
        at += step
    assert at == len(frame)
    return parts


def number(part: bytes) -> int:
    return int.from_bytes(part, "big")


def by_the_page(frame: bytes, read: Batch) -> None:
    part, header = sliced(frame), read.header
    assert part["magic"] == core_batch.MAGIC
    assert number(part["version"]) == core_batch.VERSION
    assert number(part["signature algorithm"]) == core_batch.ED25519
    assert number(part["codec"]) == read.codec
    assert number(part["lane"]) == header.journal.lane
    assert part["key"] == header.journal.key
    assert number(part["epoch"]) == header.journal.epoch
    assert number(part["number"]) == header.number
    assert number(part["first"]) == header.first
    assert number(part["last"]) == header.last
    assert part["previous"] == header.previous
    assert number(part["written"]) == header.written_us
    assert number(part["payload length"]) == len(read.payload)
    assert number(part["plain length"]) == read.plain_size == len(read.lines())
    assert part["payload hash"] == hashlib.sha256(read.payload).digest()
    assert part["payload"] == read.payload
    signed = b"menwei batch v1\n" + frame[:148]
    Ed25519PublicKey.from_public_bytes(part["key"]).verify(part["signature"], signed)
    material = b"menwei journal v1\n" + part["key"] + part["epoch"] + part["lane"]
    assert header.journal.id.bytes == hashlib.sha256(material).digest()[:16]
    assert leaf_hash(frame) == hashlib.sha256(b"\x00" + frame).digest() == read.hash


def test_the_table_cuts_the_worked_example_as_the_code_does() -> None:
    by_the_page(FRAME, EXAMPLE)


def test_the_table_cuts_a_compressed_frame_as_the_code_does() -> None:
    frame = bytes.fromhex((HERE / "batch.v1.zstd.hex").read_text())
    by_the_page(frame, parse(frame))


def test_the_worked_example_is_the_golden_frame() -> None:
    assert block("hex frame") == (HERE / "batch.v1.hex").read_text()
    assert f"{len(FRAME)} bytes" in PAGE
    assert EXAMPLE.header.journal.key == GATEWAY.public


def test_the_worked_examples_fields_are_its_bytes() -> None:
    part = sliced(FRAME)
    shown = {name: bytes.fromhex(value) for name, value, _ in table("field \\| bytes")}
    assert shown == {name: part[name] for name in part if name not in {"payload", "signature"}}
    assert block("json payload").encode() == part["payload"]
    assert bytes.fromhex(block("hex signature")) == part["signature"]


def test_the_worked_examples_results() -> None:
    assert f"| journal id | `{EXAMPLE.header.journal.id}` |" in PAGE
    assert f"| hash of the batch | `{EXAMPLE.hash.hex()}` |" in PAGE


def test_the_limits_are_the_codes() -> None:
    assert f"at most {core_batch.MAX_FRAME:,} bytes" in PAGE
    assert f"at most {core_batch.MAX_PLAIN:,} |" in PAGE


def test_the_receipts_fields_and_reasons_are_the_codes() -> None:
    assert tuple(name for name, _ in table("field \\| meaning")) == Receipt.__struct_fields__
    listed = PAGE.partition("Reasons: ")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z-]+)`", listed)) == {one.reason for one in REFUSALS.values()}


def test_the_receipts_message_is_the_signed_one() -> None:
    """Written out by the page's rule, it verifies the golden receipt."""
    receipt = msgspec.json.decode((HERE / "receipt.v1.json").read_bytes(), type=Receipt)
    message = b"menwei receipt v1\n" + _message(receipt)
    Ed25519PublicKey.from_public_bytes(HUB.public).verify(bytes.fromhex(receipt.sig), message)


def test_the_message_of_a_receipt_with_a_proof_is_the_signed_one() -> None:
    receipt = msgspec.json.decode((HERE / "receipt.v1.proof.json").read_bytes(), type=Receipt)
    steps = ",".join(receipt.consistency)
    more = f"{receipt.since}\n{steps}\n{receipt.proof}"
    message = b"menwei receipt v2\n" + _message(receipt) + b"\n" + more.encode()
    Ed25519PublicKey.from_public_bytes(HUB.public).verify(bytes.fromhex(receipt.sig), message)
    assert len(receipt.consistency) > 1


def _message(receipt: Receipt) -> bytes:
    named = PAGE.partition("message = ")[2].partition("\n")[0].split(" 0a ")
    return "\n".join(str(getattr(receipt, name)) for name in named).encode()
