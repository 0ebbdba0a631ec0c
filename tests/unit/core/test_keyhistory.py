"""Who is believed when, as the log's key events have it."""

import msgspec
import pytest

from core import codec, handover
from core.batch import CODEC_NONE, Batch, Head, Journal, Lane
from core.event import Data, Event, source_of
from core.events.journal import Tail
from core.events.key import Enrolled, Reason, Revoked, Rotated
from core.keyhistory import KeyEvent, KeyHistory, said_in
from core.keys import Signer
from core.writer import BatchWriter
from tests.fix_core import COMPOUND, START, signer_of
from tests.fix_core import Enrolled as Gateway

HUB, NEXT, OLD, NEW, OTHER = (signer_of(seed) for seed in (40, 41, 42, 43, 44))


def enrolled(signer: Signer, since: int = 0, role: str = "gateway") -> Enrolled:
    place = {"compound": COMPOUND, "gateway": "gw-1"} if role == "gateway" else {}
    said = {"role": role, "key": signer.public.hex(), "since": since, **place}
    return msgspec.convert(said, Enrolled)


def over(old: Signer, new: Signer, tails: tuple[Tail, ...] = (), gateway: str = "gw-1") -> Rotated:
    return handover.rotated("gateway", old, new, compound=COMPOUND, gateway=gateway, tails=tails)


def revoked(signer: Signer, reason: Reason = "stolen", role: str = "gateway") -> Revoked:
    return msgspec.convert({"role": role, "key": signer.public.hex(), "reason": reason}, Revoked)


class Told:
    """A history that began with HUB at position 1."""

    def __init__(self) -> None:
        self.history = KeyHistory()
        self.position = 0
        assert self.tell(HUB, enrolled(HUB, since=1, role="hub")) == ""

    def tell(self, by: Signer, data: KeyEvent, skip: int = 1) -> str:
        self.position += skip
        return self.history.told(self.position, "", by.public, data)

    def believed(self, signer: Signer, position: int) -> bool:
        return self.history.believed(signer.public, position) is not None


@pytest.fixture
def told() -> Told:
    return Told()


def test_an_enrolment_counts_behind_its_place(told: Told) -> None:
    assert told.tell(HUB, enrolled(OLD), skip=9) == ""
    assert [told.believed(OLD, at) for at in (9, 10, 11)] == [False, False, True]


def test_what_begins_with_the_history_reaches_back(told: Told) -> None:
    assert told.tell(HUB, enrolled(OLD, since=1)) == ""
    assert told.believed(OLD, 1)


def test_once_something_else_stands_between_nothing_reaches_back(told: Told) -> None:
    told.position += 1  # a batch that tells of no key
    assert told.tell(HUB, enrolled(OLD, since=1)) == "reaches-back"
    assert not told.believed(OLD, told.position + 1)


def test_nothing_reaches_back_into_the_future(told: Told) -> None:
    assert told.tell(HUB, enrolled(OLD, since=99)) == "reaches-back"


@pytest.mark.parametrize(
    "first", [enrolled(OLD, since=1), enrolled(HUB, role="hub"), revoked(HUB, role="hub")]
)
def test_a_history_begins_with_the_hubs_own_word(first: KeyEvent) -> None:
    history = KeyHistory()
    assert history.told(1, "", HUB.public, first) != ""
    assert not history.hubs


def test_only_the_hub_enrols_and_revokes(told: Told) -> None:
    told.tell(HUB, enrolled(OLD))
    assert told.tell(OLD, enrolled(OTHER)) == "not-the-hub"
    assert told.tell(OLD, revoked(OLD)) == "not-the-hub"
    assert told.believed(OLD, told.position + 1)


def test_what_is_revoked_stays_revoked(told: Told) -> None:
    told.tell(HUB, enrolled(OLD))
    assert told.tell(HUB, revoked(OLD)) == ""
    assert [told.believed(OLD, at) for at in (3, 4)] == [True, False]
    assert told.tell(HUB, enrolled(OLD)) == "revoked"
    assert not told.believed(OLD, 9)


def test_a_revoked_key_hands_over_to_nobody_and_is_handed_to_by_nobody(told: Told) -> None:
    told.tell(HUB, enrolled(OLD))
    told.tell(HUB, enrolled(NEW))
    told.tell(HUB, revoked(OLD))
    assert told.tell(OLD, over(OLD, OTHER)) == "not-believed"
    assert told.tell(NEW, over(NEW, OLD)) == "known"


def test_a_gateway_hands_over_in_its_own_journal(told: Told) -> None:
    told.tell(HUB, enrolled(OLD))
    assert told.tell(OLD, over(OLD, NEW)) == ""
    assert [told.believed(NEW, at) for at in (3, 4)] == [False, True]
    assert [told.believed(OLD, at) for at in (3, 4)] == [True, False]
    assert told.tell(OLD, over(OLD, OTHER)) == "not-believed"  # a thief, later


def test_behind_a_handover_the_old_key_is_believed_as_far_as_it_said(told: Told) -> None:
    gateway = Gateway("gw-1", 42, epoch=7, lane=Lane.BULK)
    first, second, third = gateway.batches(3)
    tail = Tail(epoch=7, lane=2, number=2, hash=second.hash.hex())
    told.tell(HUB, enrolled(OLD))
    told.tell(OLD, over(OLD, NEW, (tail,)))
    one = told.history.believed(OLD.public, 99)
    assert one is not None
    assert [one.takes(batch) for batch in (first, second, third)] == [True, True, False]
    forged = Gateway("gw-1", 42, epoch=7, lane=Lane.BULK, head=first.head()).batch(5)
    other = Gateway("gw-1", 42, epoch=7, lane=Lane.URGENT).batch()
    assert (one.takes(forged), one.takes(other)) == (False, False)


def test_without_possession_of_the_new_key_nothing_is_handed_over(told: Told) -> None:
    told.tell(HUB, enrolled(OLD))
    said = over(OLD, NEW)
    for proof in (said.consent, "", "zz", said.proof[:-2] + "ff"):
        assert told.tell(OLD, msgspec.structs.replace(said, proof=proof)) == "no-possession"
    assert told.believed(OLD, 99)
    assert not told.believed(NEW, 99)


def test_a_handover_is_of_one_gateway(told: Told) -> None:
    told.tell(HUB, enrolled(OLD))
    assert told.tell(OLD, over(OLD, NEW, gateway="gw-2")) == "not-believed"
    assert told.tell(OTHER, over(OTHER, NEW)) == "not-believed"


def test_the_hub_tells_of_a_handover_only_with_the_old_keys_consent(told: Told) -> None:
    told.tell(HUB, enrolled(OLD))
    said = over(OLD, NEW)
    assert told.tell(HUB, msgspec.structs.replace(said, consent="")) == "no-consent"
    assert told.tell(NEW, said) == "no-consent"
    assert told.tell(HUB, said) == ""
    assert told.believed(NEW, told.position + 1)


def test_the_hubs_key_goes_on_from_journal_to_journal(told: Told) -> None:
    told.tell(HUB, enrolled(OLD))
    said = handover.rotated("hub", HUB, NEXT)
    assert told.tell(OLD, said) == "no-consent"
    assert told.tell(HUB, said) == ""
    assert list(told.history.hubs) == [HUB.public.hex(), NEXT.public.hex()]
    assert told.tell(HUB, revoked(OLD)) == "not-the-hub"  # whoever holds the old key now
    assert told.tell(NEXT, revoked(HUB, "compromised", role="hub")) == ""
    assert told.tell(NEXT, revoked(OLD)) == ""


def test_the_hub_does_not_take_back_the_key_it_speaks_by(told: Told) -> None:
    assert told.tell(HUB, revoked(HUB, role="hub")) == "speaks"
    assert told.tell(HUB, enrolled(NEXT, role="hub")) == "not-handed-over"


def test_who_was_before_is_known() -> None:
    told = Told()
    told.tell(HUB, enrolled(OLD))
    told.tell(OLD, over(OLD, NEW))
    told.tell(NEW, over(NEW, OTHER))
    keys = [one.public.hex() for one in (OTHER, NEW, OLD)]
    assert list(told.history.lineage(keys[0])) == keys


def test_whoever_pins_any_hub_key_has_the_chain() -> None:
    first, second = handover.rotated("hub", HUB, NEXT), handover.rotated("hub", NEXT, OTHER)
    told = handover.read(handover.told([first, second]))
    keys = tuple(one.public.hex() for one in (HUB, NEXT, OTHER))
    assert {handover.chain(key, told) for key in keys} == {keys}
    forged = msgspec.structs.replace(told[1], proof=told[1].consent)
    assert handover.chain(keys[0], (told[0], forged)) == keys[:2]
    assert handover.chain(OLD.public.hex(), told) == (OLD.public.hex(),)


def event(data: Data) -> Event:
    now = "2026-11-21T08:00:00.000Z"
    source = source_of(COMPOUND, "gw-1", "keys")
    return Event(id="k:1", source=source, type=data.TYPE, subject="gateway/gw-1",
                 time=now, recordedtime=now, data=data)  # fmt: skip


def batch_of(data: Data, more: int = 200) -> Batch:
    """With so many of the same behind it that compressing would pay."""
    writer = BatchWriter(Journal(HUB.public, 1), HUB, Head())
    (made,) = writer.batches([codec.encode(event(data))] * more, START)
    return made


def test_a_batch_that_tells_of_keys_is_readable_without_a_library() -> None:
    made = batch_of(revoked(OLD))
    assert made.codec == CODEC_NONE
    assert said_in(made) == [("2026-11-21T08:00:00.000Z", revoked(OLD))] * 200


def test_a_batch_that_tells_of_none_is_packed_as_ever(gateway: Gateway) -> None:
    made = gateway.batch(50)
    assert made.codec != CODEC_NONE
    assert said_in(made) == []
