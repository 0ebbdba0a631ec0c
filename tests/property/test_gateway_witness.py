"""Any honest life of a hub's log is believed; any history that is not the one shown before is
refused at the first answer that shows it."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given, settings

from core import receipt
from core.receipt import Receipt
from core.tlog import checkpoint, head, note
from core.trust import Gateway, by_key
from infra.hub.proving import Proving
from tests.fix_gateway_witness import COSIGNER, GATEWAY, HUB, HubOf, Watching
from tests.fix_tlog import naive_root

ENROLLED = Gateway(compound="c01", name="gw01", key=GATEWAY.public.hex())
STEPS = st.lists(
    st.sampled_from(("commit", "others", "publish", "ask", "lose", "late", "restart", "hub")),
    min_size=5,
    max_size=40,
)


class Meeting:
    """A gateway and its hub; messages get lost, late and doubled, and both start again."""

    def __init__(self, folder: Path) -> None:
        self.edge, self.hub = Watching(folder), HubOf()
        self.late: list[Receipt] = []
        self.now = 0.0
        self.cosigned: set[str] = set()  # the texts of checkpoints
        self._hub()

    def _hub(self) -> None:
        self.proving = Proving(self.hub.log, by_key([ENROLLED]), HUB, ())
        if self.edge.stream.receipt:
            found = receipt.open_receipt(self.edge.stream.receipt, HUB.public)
            self.proving.committed("c01", "gw01", found)

    def answers(self) -> list[Receipt]:
        self.now += 60
        self.proving.heard("c01", "gw01", self.edge.witness.standing(), self.now)
        return [receipt.open_receipt(one, HUB.public) for _, one in self.proving.answers()]

    def hear(self, found: Sequence[Receipt]) -> None:
        for one in found:
            self.edge.witness.heard(one)
            line = self.edge.witness.standing().cosignature
            if line:
                text = checkpoint.parse(self.edge.kept.encode()).note.text
                assert COSIGNER.holds(text, note.signature(line))
                self.cosigned.add(text)

    def step(self, name: str) -> None:
        match name:
            case "commit":
                self.edge.commit()
                self.hub.take(self.edge.stream)
                found = receipt.open_receipt(self.edge.stream.receipt, HUB.public)
                self.proving.committed("c01", "gw01", found)
            case "others":
                self.hub.log.others(3)
            case "publish":
                self.hub.log.publish()
            case "ask":
                found_all = self.answers()
                self.hear(found_all)
                self.late += found_all
            case "lose":
                self.late += self.answers()
            case "late":
                self.hear(self.late[::-1])
            case "restart":
                self.edge.restart()
            case "hub":
                self._hub()


@contextmanager
def meeting() -> Iterator[Meeting]:
    with tempfile.TemporaryDirectory() as folder:
        made = Meeting(Path(folder))
        yield made
        made.edge.close()


def consistent(texts: set[str], leaves: Sequence[bytes]) -> bool:
    """Whether all of them are of one history, by the naive root."""
    return all(one.root == naive_root(leaves[: one.size]) for one in map(head.parse, texts))


@settings(max_examples=150)
@given(STEPS)
def test_an_honest_hub_is_always_believed(steps: list[str]) -> None:
    with meeting() as both:
        for one in ("commit", "publish", *steps, "commit", "publish", "ask", "ask"):
            both.step(one)
        assert (both.edge.witness.refused, both.edge.said) == ("", [])
        assert both.edge.size == both.hub.log.size == len(both.hub.log.leaves)
        assert both.edge.stream.proven == both.edge.stream.head.number
        assert consistent(both.cosigned, both.hub.log.leaves)


@settings(max_examples=200)
@given(STEPS, st.data())
def test_a_history_that_was_changed_is_refused_and_never_cosigned(
    steps: list[str], data: st.DataObject
) -> None:
    with meeting() as both:
        for one in ("commit", "publish", "ask", *steps, "ask"):
            both.step(one)
        edge, log = both.edge, both.hub.log
        known, honest = edge.size, log.leaves[:]
        at = data.draw(st.integers(0, known - 1), "changed")
        keep = data.draw(st.integers(at + 1, len(log.leaves)), "kept")
        log.leaves[at] = sha256(b"changed").digest()
        del log.leaves[keep:]
        log.others(data.draw(st.integers(0, 4), "grown"))
        both.hub.positions = {
            key: place for key, place in both.hub.positions.items() if place <= keep
        }
        for one in ("restart", "hub"):
            if data.draw(st.booleans(), one):
                both.step(one)
        log.publish()
        both.late.clear()
        signed = set(both.cosigned)
        for _ in range(2):
            both.hear([both.hub.shows(edge.stream, edge.size)] if _shows(both) else [])
        if _shows(both):
            assert edge.witness.refused in (
                "forked", "rolled-back", "inconsistent", "not-included", "batch", "position",
            )  # fmt: skip
            assert edge.kinds == ["log.refused.v1"]
        assert both.cosigned == signed
        assert edge.size == known
        assert consistent(both.cosigned, honest)


def _shows(both: Meeting) -> bool:
    return any(place <= both.hub.log.size for place in both.hub.positions.values())
