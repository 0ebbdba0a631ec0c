"""However a device's records arrive, each is accepted once under one id, and what is declared
missing less what was filled is exactly what never came; a reset raises the epoch once."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import rfc3339
from core.event import Origin, Record
from core.events.device import EpochRaised, GapDetected, GapFilled
from devices import registry
from devices.adapter import Message
from edge.records import Finding, Known, coalesced, decide, numbered_id
from edge.track import Track
from tests.unit.devices.wire import SHANGHAI

START = datetime(2026, 3, 2, tzinfo=UTC)
Fact = tuple[int, int]  # (which life of the counter, number): what happened, whatever its id


class Said:
    """One record as the device made it, and the way it comes."""

    def __init__(
        self, life: int, number: int, second: int, previous: int = -1, origin: Origin = "live"
    ) -> None:
        self.fact: Fact = (life, number)
        self.record = Record("n", number, previous)
        self.time = rfc3339(START + timedelta(seconds=second))
        self.origin = origin


class Gateway:
    """What intake does around `decide`: ids looked up, accepted ones remembered."""

    def __init__(self) -> None:
        self.track: Track | None = None
        self.stored: dict[str, Fact] = {}
        self.accepted: Counter[Fact] = Counter()
        self.epochs: dict[Fact, int] = {}
        self.told: list[Finding] = []
        self._second = 10_000_000

    def take(self, group: list[Said]) -> None:
        findings: list[tuple[str, Finding]] = []
        for said in group:
            self._second += 1
            at = rfc3339(START + timedelta(seconds=self._second))
            epoch = self.track.epoch if self.track else 1
            known = self._known(said, epoch)
            before = self._known(said, epoch - 1) if epoch > 1 else "new"
            found = decide(self.track, said.record, said.time, at, said.origin, known, before)
            self.track = found.track
            findings += [("d", each) for each in found.findings]
            assert found.verdict != "conflict", (said.fact, said.time)
            if found.verdict == "accept":
                name = numbered_id(f"d:{said.record.number}", found.epoch)
                assert name not in self.stored
                self.stored[name] = said.fact
                self.accepted[said.fact] += 1
                self.epochs[said.fact] = found.epoch
        self.told += [each for _, each in coalesced(findings)]

    def _known(self, said: Said, epoch: int) -> Known:
        fact = self.stored.get(numbered_id(f"d:{said.record.number}", epoch))
        return "new" if fact is None else "same" if fact == said.fact else "other"

    def missing(self, epoch: int) -> set[int]:
        """Declared and not filled. Nothing is declared twice, and only what is open is filled."""
        found: set[int] = set()
        for each in self.told:
            if isinstance(each, EpochRaised) or each.epoch != epoch:
                continue
            numbers = set(range(each.from_record, each.to_record + 1))
            if isinstance(each, GapDetected):
                assert not numbers & found
                found |= numbers
            else:
                assert isinstance(each, GapFilled)
                assert numbers <= found
                found -= numbers
        return found

    def raises(self) -> list[EpochRaised]:
        return [each for each in self.told if isinstance(each, EpochRaised)]


def groups(draw: st.DrawFn, coming: list[Said]) -> list[list[Said]]:
    """The same in order, cut into groups."""
    made: list[list[Said]] = []
    while coming:
        size = draw(st.integers(1, 8))
        made.append(coming[:size])
        coming = coming[size:]
    return made


@st.composite
def one_life(draw: st.DrawFn) -> tuple[list[list[Said]], set[int], int]:
    """Any of a device's records, in any order, any of them several times."""
    base = draw(st.sampled_from([0, 1, 9_000, 2**53 - 100]))
    numbers = draw(st.lists(st.integers(base, base + 60), min_size=1, max_size=80))
    step = draw(st.sampled_from([1, 10, 3600]))
    coming = [
        Said(1, number, (number - base) * step, origin=draw(st.sampled_from(["live", "backfill"])))
        for number in numbers
    ]
    return groups(draw, coming), set(numbers), numbers[0]


@settings(max_examples=500)
@given(case=one_life())
def test_any_order_of_one_life(case: tuple[list[list[Said]], set[int], int]) -> None:
    arriving, numbers, anchor = case
    gateway = Gateway()
    for group in arriving:
        gateway.take(group)
    assert gateway.accepted == Counter({(1, number): 1 for number in numbers})
    assert set(gateway.epochs.values()) == {1}
    assert gateway.missing(1) == set(range(anchor, max(numbers) + 1)) - numbers


@st.composite
def linked_life(draw: st.DrawFn) -> tuple[list[list[Said]], set[int], set[int]]:
    """A terminal that numbers more than it pushes, and links what it pushes."""
    pushed = sorted(draw(st.sets(st.integers(1, 90), min_size=1, max_size=45)))
    links = {number: previous for previous, number in zip([0, *pushed], pushed, strict=False)}
    rest = draw(st.permutations(pushed[1:]))
    lost = draw(st.sets(st.sampled_from(rest), max_size=3)) if rest else set()
    again = draw(st.lists(st.sampled_from(pushed), max_size=10))
    coming = [pushed[0], *(each for each in [*rest, *again] if each not in lost)]
    said = [Said(1, number, number * 10, links[number]) for number in coming]
    return groups(draw, said), set(pushed), lost


@settings(max_examples=500)
@given(case=linked_life())
def test_any_order_of_a_life_with_links(case: tuple[list[list[Said]], set[int], set[int]]) -> None:
    arriving, pushed, lost = case
    gateway = Gateway()
    for group in arriving:
        gateway.take(group)
    came = pushed - lost
    assert gateway.accepted == Counter({(1, number): 1 for number in came})
    assert not gateway.raises()
    missing = gateway.missing(1)
    assert not missing & came
    # What was lost after the last that came, nobody can know of yet.
    assert {number for number in lost if number < max(came)} <= missing
    if not lost:
        assert not missing


LIVES = ((1000, 1), (500, 2), (1, 3))  # where each life of the counter begins to count
_RESET_S = 100_000


@st.composite
def three_lives(draw: st.DrawFn) -> tuple[list[list[Said]], list[list[Said]]]:
    """Two resets. Each life arrives in some order; some of it only after the next has begun, some
    never; anything may come again, as long as its life is this one or the one before."""
    lives: list[list[Said]] = []
    late: list[list[Said]] = [[], [], []]
    for index, (base, life) in enumerate(LIVES):
        made = [Said(life, base + n, life * _RESET_S + n * 10) for n in range(draw(sizes))]
        shuffled: list[Said] = draw(st.permutations(made)) if draw(st.booleans()) else made
        anchor = shuffled[0]
        coming = [anchor]
        for said in shuffled[1:]:
            way = draw(st.sampled_from(["now", "now", "now", "late", "never"]))
            if way == "now":
                coming.append(said)
            elif way == "late" and index + 1 < len(LIVES):
                if said.record.number < anchor.record.number:
                    said.origin = "backfill"  # from before the first contact: somebody asked
                late[index + 1].append(said)
        lives.append(coming)
    delivered: list[list[Said]] = []
    for index, coming in enumerate(lives):
        again = draw(st.lists(st.sampled_from(coming), max_size=5))
        if index:
            again += draw(st.lists(st.sampled_from(lives[index - 1]), max_size=5))
        mixed = [*coming[1:], *late[index], *again]
        delivered.append([coming[0], *draw(st.permutations(mixed))])
    return [each for part in delivered for each in groups(draw, part)], delivered


sizes = st.integers(1, 20)


@settings(max_examples=500)
@given(case=three_lives())
def test_any_order_across_resets(case: tuple[list[list[Said]], list[list[Said]]]) -> None:
    arriving, delivered = case
    gateway = Gateway()
    for group in arriving:
        gateway.take(group)
    came = {said.fact for part in delivered for said in part}
    assert gateway.accepted == Counter(came)
    assert gateway.epochs == {(life, number): life for life, number in came}
    assert [each.epoch for each in gateway.raises()] == [2, 3]
    for part, (_, life) in zip(delivered, LIVES, strict=True):
        numbers = {number for each, number in came if each == life}
        anchor = part[0].record.number
        assert gateway.missing(life) == set(range(anchor, max(numbers) + 1)) - numbers


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20), st.from_regex(r"\A[0-9]{1,20}\Z"), st.lists(st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=500)
@given(one=anything, other=anything)
def test_what_an_adapter_counts_is_a_number_a_json_reader_keeps(one: Any, other: Any) -> None:
    native = {
        "specversion": "1.0", "id": "1", "source": "/d/door-07", "type": "door.opened",
        "sequence": one,
    }  # fmt: skip
    terminal = {"majorEventType": 5, "subEventType": 75, "serialNo": one, "frontSerialNo": other}
    sensor = {
        "end_device_ids": {"device_id": "bin-b07", "dev_addr": "00C0FFEE"},
        "uplink_message": {"f_cnt": one, "frm_payload": "AXVb"},
    }
    for topic, body in (
        ("site/door/door-07", native),
        ("hikvision/025e10aa0007/acs", terminal),
        ("v3/waste@compound/devices/bin-b07/up", sensor),
    ):
        outcome = registry.decode(Message(topic, json.dumps(body).encode()), SHANGHAI)
        for draft in outcome.drafts if isinstance(outcome, registry.Decoded) else ():
            if draft.record is not None:
                assert 0 <= draft.record.number < 2**53
                assert -1 <= draft.record.previous < draft.record.number
                assert draft.record.counter in ("sequence", "serialNo", "fCnt:00C0FFEE")
