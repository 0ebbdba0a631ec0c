"""What it costs to show a thousand gateways of a long log what is newer, and each of them to check
it: processor time and bytes of a receipt with its proof."""

import hashlib
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.keys import Signer
from core.receipt import Receipt, open_receipt
from core.tlog.checkpoint import default_origin
from core.tlog.log import TransparencyLog
from core.tlog.standing import standing
from core.trust import Gateway, by_key
from edge.witness.judge import Log, judged
from edge.witness.state import State
from infra.hub.proving import Proving
from tests.bench.context import Context
from tests.bench.table import Result, at

_GATEWAYS = 1_000
_LEAVES = 1_000_000
_GROWN = 1_000  # leaves, between the checkpoint that is known and the one that is shown


def _leaf(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def _log(folder: Path, signer: Signer, size: int) -> TransparencyLog:
    made = TransparencyLog(folder, default_origin(signer.public), signer, SystemClock())
    for first in range(0, size, 65_536):
        made.integrate([_leaf(n) for n in range(first, min(size, first + 65_536))])
    made.publish()
    return made


def measure(context: Context) -> list[Result]:
    size = round(_LEAVES * context.size)
    signer = Signer(Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
    folder = context.folder / "proving"
    folder.mkdir()
    log = _log(folder, signer, size)
    known = log.published()
    assert known is not None
    log.integrate([_leaf(n) for n in range(size, size + _GROWN)])
    log.publish()
    gateways = [
        Gateway(compound="c01", name=f"gw{n:04}", key=_leaf(n).hex()) for n in range(_GATEWAYS)
    ]
    made = Proving(log, by_key(gateways), signer, ())
    for n, one in enumerate(gateways):
        position = size + 1 + n * _GROWN // _GATEWAYS
        leaf = _leaf(position - 1).hex()
        shown = Receipt(journal=f"{n:032x}", committed=9, hash=leaf, position=position)
        made.committed("c01", one.name, shown)
    payloads: list[bytes] = []
    given: list[float] = []
    for turn in range(context.repeats):
        for n, one in enumerate(gateways):
            told = standing(known.checkpoint.head, "", {f"{n:032x}": 0}, "")
            assert made.heard("c01", one.name, told, turn * 60.0)
        before = time.process_time()
        payloads = []
        while made.asked:
            payloads += [payload for _, payload in made.answers()]
        given.append((time.process_time() - before) / len(payloads) * 1e6)
    pinned = Log(log.origin, signer.public)
    believed = State(checkpoint=known.checkpoint.encode().decode())
    checked: list[float] = []
    for payload in payloads:
        before = time.perf_counter()
        judged(believed, open_receipt(payload, signer.public), pinned, None)
        checked.append((time.perf_counter() - before) * 1e6)
    log.close()
    bytes_ = [float(len(one)) for one in payloads]
    command = context.command("proving")
    return [
        Result(
            f"a proof for a gateway, of {size:,} batches, known to {_GROWN:,} behind: the hub",
            f"{at(given, 0.5):.0f} µs of a core", command=command,
        ),
        Result(
            "... the gateway",
            f"{at(checked, 0.5):.0f} µs, p99 {at(checked, 0.99):.0f} µs", command=command,
        ),
        Result("... its bytes", f"{at(bytes_, 0.5):,.0f}", command=command),
    ]  # fmt: skip
