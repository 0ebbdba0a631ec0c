"""The mix is what real devices could say: decodable, never repeated, the same every time."""

from collections import Counter
from datetime import UTC, datetime

from devices import registry
from devices.adapter import Message, Site
from tests.bench.intake_mix import Spoken, compound

START = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


def said(run: str = "a", seed: int = 7, each: int = 20) -> list[Spoken]:
    return [one for device in compound(8, run, seed, START) for one in device.says(each)]


def test_every_message_is_an_event_of_its_own_id() -> None:
    for one in said():
        outcome = registry.decode(Message(one.topic, one.payload), Site())
        assert isinstance(outcome, registry.Decoded), (one, outcome)
        assert [draft.id for draft in outcome.drafts] == [one.id]
        assert not outcome.drafts[0].data.native.get("dropped")


def test_ids_are_never_said_twice_within_and_between_runs() -> None:
    ids = [one.id for run in ("a", "b") for one in said(run)]
    assert len(set(ids)) == len(ids) == 2 * 8 * 20


def test_the_same_seed_says_the_same_and_another_does_not() -> None:
    assert said() == said()
    assert [one.payload for one in said()] != [one.payload for one in said(seed=8)]


def test_a_quarter_are_levels_and_a_quarter_name_a_card() -> None:
    drafts = [registry.decode(Message(one.topic, one.payload), Site()) for one in said()]
    types = Counter(
        draft.data.TYPE.partition(".")[0]
        for outcome in drafts
        if isinstance(outcome, registry.Decoded)
        for draft in outcome.drafts
    )
    assert types == {"door": 80, "waste": 40, "access": 40}
    assert sum(b'"cardNo"' in one.payload for one in said()) == 40


def test_a_device_goes_on_counting_where_it_stopped() -> None:
    (device,) = compound(1, "a", 7, START)
    first, second = list(device.says(3)), list(device.says(3))
    assert not {one.id for one in first} & {one.id for one in second}
