"""Real SIGKILL of a witness while several hands with one log's key feed it forks of its history.
Whatever it cosigned in any of its lives must be one history that only grew."""

import http.client
import random
import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from core.errors import BadProof
from core.keys import Signer
from core.tlog import checkpoint, note
from core.tlog.note import VerifierKey
from core.tlog.published import Published
from core.tlog.witness import Submission
from infra.witness import keys
from infra.witness.witness import origin_hash
from tests.crash.lab import witness_life
from tests.crash.lab.account import Wrong
from tests.crash.lab.nursery import Nursery, said
from tests.crash.lab.powerloss import memory
from tests.crash.lab.tally import Tally, Unit
from tests.fix_broker import PATIENCE
from tests.fix_core import signer_of
from tests.fix_ports import free_port
from tests.fix_tlog import published

_ORIGIN, _NAME = "hub.example/menwei", "witness.example/lab"
_HANDS = 3
_CONFIG = """\
name = "{name}"
data = "state"
[http]
port = {port}
[[logs]]
vkey = "{vkey}"
"""
_Head = tuple[int, bytes]  # size, root
_Leaves = tuple[bytes, ...]
_GONE = (OSError, http.client.HTTPException)


class Told:
    """Everything that was ever submitted and everything that was ever cosigned. Any thread."""

    def __init__(self, cosigners: tuple[VerifierKey, ...]) -> None:
        self._cosigners = cosigners
        self._lock = threading.Lock()
        self.submitted: dict[_Head, _Leaves] = {(0, b""): ()}
        self.cosigned: set[_Head] = set()
        self.answers = 0
        self.declined = 0
        self.size = 0  # the largest cosigned
        self.wrong = ""

    def submit(self, of: Published, leaves: _Leaves) -> None:
        with self._lock:
            self.submitted[of.size, of.checkpoint.head.root] = leaves

    def heard(self, signed: bytes, before: int) -> None:
        """A checkpoint with the witness's lines, told of when `before` leaves were cosigned."""
        found = checkpoint.parse(signed)
        note.opened(found.note, self._cosigners)
        with self._lock:
            self.answers += 1
            self.cosigned.add((found.head.size, found.head.root))
            self.size = max(self.size, found.head.size)
            if found.head.size < before:
                self.wrong = f"{found.head.size} leaves are cosigned after {before} were"

    def check(self) -> None:
        """Wrong unless every cosigned tree begins with every smaller one."""
        if self.wrong:
            raise Wrong(self.wrong)
        heads = sorted(self.cosigned)
        for small, large in pairwise(heads):
            if self.submitted[large][: small[0]] != self.submitted[small] or small[0] == large[0]:
                raise Wrong(f"two histories are cosigned, of {small[0]} and of {large[0]} leaves")


class Hand(threading.Thread):
    """Submits a fork of its own from wherever the witness stands, until the witness is gone."""

    def __init__(self, told: Told, port: int, signer: Signer, seed: str) -> None:
        super().__init__(daemon=True)
        self._told, self._port, self._signer = told, port, signer
        self._chance = random.Random(seed)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.first = 0.0  # when it was answered

    def run(self) -> None:
        try:
            while True:
                self._fork()
        except _GONE:
            pass
        except BadProof as bad:
            self._told.wrong = f"what was answered does not hold: {bad}"
        finally:
            self._connection.close()

    def _fork(self) -> None:
        """From where it stands, a few steps; another hand has forked there as well."""
        mine, old = self._stands(), 0
        for _ in range(self._chance.randint(1, 4)):
            mine += tuple(self._chance.randbytes(32) for _ in range(self._chance.randint(0, 3)))
            of = published(mine, self._signer, _ORIGIN)
            self._told.submit(of, mine)
            before = self._told.size
            status, body = self._add(old, of)
            if status == 409:
                old = int(body)
                status, body = self._add(old, of)
            if status != 200:
                self._told.declined += 1
                return
            self._told.heard(of.checkpoint.encode() + body, before)
            old = of.size

    def _stands(self) -> _Leaves:
        before = self._told.size
        self._connection.request("GET", f"/{origin_hash(_ORIGIN)}/checkpoint")
        answer = self._connection.getresponse()
        body = answer.read()
        self.first = self.first or time.monotonic()
        if answer.status == 404 and not before:
            return ()
        self._told.heard(body, before)
        head = checkpoint.parse(body).head
        return self._told.submitted[head.size, head.root]

    def _add(self, old: int, of: Published) -> tuple[int, bytes]:
        proof = of.consistency(old) if old <= of.size else []
        body = Submission(old, tuple(proof), of.checkpoint).encode()
        self._connection.request("POST", "/add-checkpoint", body)
        answer = self._connection.getresponse()
        try:
            return answer.status, answer.read()
        except http.client.IncompleteRead as cut:
            whole = cut.partial[: cut.partial.rfind(b"\n") + 1]
            if answer.status == 200 and whole:
                self._told.heard(of.checkpoint.encode() + whole, 0)
            raise


def campaign(unit: Unit, kind: str = "witness") -> Tally:
    """`unit.trials` lives of one witness. Another `kind` of life makes a control."""
    tally, chance = Tally(), random.Random(f"witness kills {unit.seed}")
    signer = signer_of(unit.seed % 200)
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, Nursery() as nursery:
        folder, port = Path(scratch), free_port()
        vkey = checkpoint.log_key(_ORIGIN, signer.public).encode()
        text = _CONFIG.format(name=_NAME, port=port, vkey=vkey)
        (folder / witness_life.CONFIG).write_text(text)
        told = Told(keys.load_or_create(_NAME, folder / "state").keys)
        try:
            for trial in range(unit.trials):
                life, begun = nursery.born(kind, folder), time.monotonic()
                if chance.random() < 0.1:
                    time.sleep(chance.uniform(0.0, 0.03))
                    hands = []
                else:
                    _listens(port)
                    hands = [
                        Hand(told, port, signer, f"{unit.seed} {trial} {number}")
                        for number in range(_HANDS)
                    ]
                    for hand in hands:
                        hand.start()
                    time.sleep(chance.uniform(0.0, 0.08))
                    _asked(told, hands, tally.trials + 1)
                life.kill()
                for hand in hands:
                    hand.join(PATIENCE)
                tally.trials += 1
                if answered := [hand.first for hand in hands if hand.first]:
                    tally.measure("restart s", min(answered) - begun)
                told.check()
            if told.answers < unit.trials or not told.declined:
                raise Wrong("hardly anything was asked: this proves nothing")
        except Wrong as wrong:
            tally.fail(f"story {unit.number} (seed {unit.seed}): {wrong}\n{said(folder)}")
        tally.count("cosignatures", told.answers)
        tally.count("heads", len(told.cosigned))
        tally.count("declined", told.declined)
    return tally


def _asked(told: Told, hands: Sequence[Hand], times: int) -> None:
    """As much on a slow machine as on a quick one: else it would prove nothing."""
    until = time.monotonic() + PATIENCE
    asking = any(one.is_alive() for one in hands)
    while told.answers < times and asking and time.monotonic() < until:
        asking = any(one.is_alive() for one in hands)
        time.sleep(0.002)


def _listens(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError as error:
            if time.monotonic() > until:
                raise Wrong("the witness does not listen") from error
            time.sleep(0.002)
        else:
            return
