"""Whatever order key events come in, and whoever says them: nobody is believed before somebody
who may has said so, nor after he was revoked."""

from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core import handover
from core.events.key import Enrolled, Revoked, Role, Rotated
from core.keyhistory import KeyEvent, KeyHistory
from tests.fix_core import signer_of

SIGNERS = [signer_of(seed) for seed in range(60, 65)]
KEYS = [one.public.hex() for one in SIGNERS]
HUB = SIGNERS[0]
Said = tuple[int, int, KeyEvent]  # who says it, how many batches before it, what

people = st.integers(0, len(SIGNERS) - 1)
ROLES: tuple[Role, ...] = ("gateway", "gateway", "hub")
roles = st.sampled_from(ROLES)


@st.composite
def words(draw: st.DrawFn) -> Said:
    by, role, gap = draw(people), draw(roles), draw(st.integers(1, 3))
    one, other = draw(people), draw(people)
    kind = draw(st.sampled_from(["enrolled", "rotated", "forged", "revoked"]))
    data: KeyEvent
    if kind == "enrolled":
        since = draw(st.sampled_from([0, 0, 1]))
        data = msgspec.convert({"role": role, "key": KEYS[one], "since": since}, Enrolled)
    elif kind == "revoked":
        data = msgspec.convert({"role": role, "key": KEYS[one], "reason": "lost"}, Revoked)
    else:
        data = handover.rotated(role, SIGNERS[one], SIGNERS[other])
        if kind == "forged":
            data = msgspec.structs.replace(data, proof=data.consent if one != other else "")
    return by, gap, data


def folded(said: Sequence[Said]) -> tuple[KeyHistory, int]:
    history = KeyHistory()
    root = Enrolled(role="hub", key=KEYS[0], since=1)
    assert history.told(1, "", HUB.public, root) == ""
    position = 1
    for by, gap, data in said:
        position += gap
        history.told(position, "", SIGNERS[by].public, data)
    return history, position


@given(st.lists(words(), max_size=25))
@settings(max_examples=400, deadline=None)
def test_nobody_is_believed_before_or_after(said: Sequence[Said]) -> None:
    history, end = folded(said)
    effective = [one for one in history.entries if not one.disbelieved]
    for index, key in enumerate(KEYS):
        came = [
            one.data.since or one.position + 1
            for one in effective
            if isinstance(one.data, Enrolled) and one.data.key == key
        ]
        came += [
            one.position + 1
            for one in effective
            if isinstance(one.data, Rotated) and one.data.new == key
        ]
        gone = [
            one.position
            for one in effective
            if isinstance(one.data, Revoked) and one.data.key == key
        ]
        gone += [
            one.position
            for one in effective
            if isinstance(one.data, Rotated) and one.data.old == key
        ]
        for position in range(end + 3):
            if history.believed(SIGNERS[index].public, position) is not None:
                assert came
                assert min(came) <= position
                assert position <= min(gone, default=position)


@given(st.lists(words(), max_size=25))
@settings(max_examples=400, deadline=None)
def test_who_acts_was_believed_to_be_the_hub_or_spoke_of_himself(said: Sequence[Said]) -> None:
    """Judged by what stood before each event, and by nothing that came later."""
    history, _ = folded(said)
    for index, one in enumerate(history.entries):
        if one.disbelieved:
            continue
        before = KeyHistory()
        for earlier in history.entries[:index]:
            before.told(earlier.position, "", bytes.fromhex(earlier.by), earlier.data)
        speaker = before.believed(bytes.fromhex(one.by), one.position)
        own = isinstance(one.data, Rotated) and one.data.old == one.by
        assert index == 0 or (speaker is not None and (speaker.role == "hub" or own))
        if isinstance(one.data, Rotated):
            text = handover.statement(one.data.role, one.data.old, one.data.new, "", "")
            assert handover.signed(one.data.new, one.data.proof, text)
