"""A gateway cloned, wiped, swapped, restored from an image, or given a used epoch: what is not
the true next page is refused with a reason, what is true is taken, nothing is overwritten.

The bar's D12: a thousand cases, each from a seed of its own, 100 % of them.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from core.batch import Batch, Lane
from core.keystore import KeyStore
from tests.fix_core import SEED
from tests.fix_epochs import LANES, Box, Hub, reasons

CASES = 1000
NEVER = frozenset({"", "gap"})  # what a true gateway may be answered


def mixed(chance: Random, *streams: list[Batch]) -> list[Batch]:
    """Each stream in its own order, their turns drawn."""
    rest = [list(one) for one in streams]
    found: list[Batch] = []
    while any(rest):
        found.append(chance.choice([one for one in rest if one]).pop(0))
    return found


def settled(hub: Hub, box: Box, batches: list[Batch]) -> None:
    """A true gateway resends what is not receipted until it is."""
    for _ in range(len(batches) + 1):
        left = [one for one in batches if not hub.holds(one)]
        if not left:
            return
        hub.take(box, left)
    raise AssertionError(f"{len(left)} batches of a true gateway are never taken")


def clone(hub: Hub, box: Box, chance: Random) -> None:
    """Two machines with one key: of each number one batch is held, the other's is refused; and
    after the owner began a new epoch, whatever the clone still writes is refused."""
    box.scribble(chance)
    settled(hub, box, box.batches())
    twin = box.clone()
    box.scribble(chance)
    twin.scribble(chance)
    theirs = [one for one in twin.batches() if one not in box.batches()]
    ours = [one for one in box.batches() if one not in twin.batches()]
    receipts = hub.take(box, mixed(chance, ours, theirs))
    assert reasons(receipts) <= {"", "fork", "chain", "gap"}
    for one in ours:
        rival = [his for his in theirs if his.header.journal == one.header.journal
                 and his.header.number == one.header.number]  # fmt: skip
        assert not (hub.holds(one) and any(map(hub.holds, rival)))
    if all(map(hub.holds, ours)):
        box.begin(box.epoch + chance.randint(1, 9), "renewed")
        settled(hub, box, box.batches(box.epoch))
        before = list(hub.log.stored)
        twin.scribble(chance)
        late = [one for one in twin.batches() if not hub.holds(one)]
        assert reasons(hub.take(twin, late)) <= {"fork", "epoch"}
        assert hub.log.stored == before


def wipe(hub: Hub, box: Box, chance: Random) -> None:
    """The card was formatted, the key kept: a later epoch without a word of the old one. It is
    taken and noted; what a copy of the old card still holds is not."""
    box.scribble(chance)
    sent = box.batches()[: chance.randint(1, len(box.batches()))]
    hub.take(box, sent)
    old = box.clone()
    old.scribble(chance)
    box.begin(box.epoch + chance.randint(1, 10**6), "", declared=False)
    box.write(Lane.URGENT)
    box.scribble(chance)
    settled(hub, box, box.batches(box.epoch))
    noted = hub.notes()
    assert [(one.epoch, one.declared) for one in noted] == [(box.epoch, False)]
    before = list(hub.log.stored)
    rest = [one for one in old.batches() if not hub.holds(one)]
    assert reasons(hub.take(old, rest)) <= {"epoch"}
    assert hub.log.stored == before


def clock_back(hub: Hub, box: Box, chance: Random) -> None:
    """Wiped, and the clock that names the epoch stands before the old one."""
    box.scribble(chance)
    settled(hub, box, box.batches())
    before = list(hub.log.stored)
    wiped = Box(box.name, seed=1, epoch=box.epoch - chance.randint(1, 99))
    wiped.scribble(chance)
    assert reasons(hub.take(wiped, wiped.batches())) == {"epoch"}
    assert hub.log.stored == before


def swap(hub: Hub, box: Box, chance: Random) -> None:
    """The card of one gateway in the box, and on the topic, of another."""
    box.scribble(chance)
    sent = box.batches()[: chance.randint(0, len(box.batches()))]
    hub.take(box, sent)
    before = list(hub.log.stored)
    if chance.random() < 0.5:
        box.begin(box.epoch + 1, "renewed")
    receipts = hub.take(box, box.batches(), topic="gw-2")
    assert reasons(receipts) == {"wrong-gateway"}
    assert hub.log.stored == before


def restore(hub: Hub, box: Box, chance: Random) -> None:
    """Put back from an image, it goes on writing under numbers the hub holds: refused. A new
    epoch that names the image's end is the way out, and loses nothing of what is held."""
    box.scribble(chance)
    image = box.clone()
    lane = chance.choice(LANES)
    for _ in range(chance.randint(1, 4)):
        box.write(lane)
    settled(hub, box, box.batches())
    before = list(hub.log.stored)
    kept = len(image.batches())
    image.write(lane)
    fresh = [one for one in image.batches() if one not in box.batches()]
    assert len(image.batches()) == kept + 1
    assert reasons(hub.take(image, fresh)) == {"fork"}
    assert hub.log.stored == before
    lost = image.written[image.epoch, lane].pop()
    image.begin(image.epoch + 1, "renewed")
    image.write(lane)
    settled(hub, image, image.batches(image.epoch))
    assert not hub.holds(lost)
    assert [one.declared for one in hub.notes()] == [True]


def reused(hub: Hub, box: Box, chance: Random) -> None:
    """Wiped, and by chance or by hand the same epoch again."""
    box.scribble(chance)
    settled(hub, box, box.batches())
    before = list(hub.log.stored)
    again = Box(box.name, seed=1, epoch=box.epoch)
    again._records += 700_000
    again.written = {}
    for _ in range(chance.randint(1, 9)):
        again.write(chance.choice(LANES))
    held = {one.header.journal.id for one in box.batches()}
    for one in again.batches():
        (receipt,) = hub.take(again, [one])
        if one.header.journal.id in held:
            assert receipt.refused in {"fork", "chain", "gap"}
        else:  # a lane the hub never heard of in this epoch has nothing to contradict
            assert receipt.refused == ""
    held_now = [one for one in hub.log.stored if one.originator_id in held]
    assert held_now == [one for one in before if one.originator_id in held]


def damaged(hub: Hub, box: Box, chance: Random) -> None:
    """Nobody's fault but the disk's: epochs follow each other while older ones still deliver,
    in any order of lanes. Everything arrives, each epoch is noted once."""
    epochs = 1 + chance.randint(1, 3)
    for turn in range(epochs):
        if turn:
            box.begin(box.epoch + chance.randint(1, 50), chance.choice(("damaged", "renewed")))
        box.scribble(chance)
        if chance.random() < 0.5:
            hub.take(box, chance.sample(box.batches(), chance.randint(1, len(box.batches()))))
    lanes = [found for _, found in sorted(box.written.items(), key=lambda _: chance.random())]
    receipts = hub.take(box, mixed(chance, *lanes))
    assert reasons(receipts) <= {"", "gap", "epoch"}
    settled(hub, box, box.batches())
    noted = [(one.epoch, one.declared) for one in hub.notes()]
    assert len(set(noted)) == len(noted)
    assert noted[-1:] == [(box.epoch, True)]
    stray = box.clone()
    stray.epoch = sorted(box.written)[0][0]
    assert reasons(hub.take(stray, [stray.write(chance.choice(LANES))])) == {"epoch"}


STORIES: dict[str, Callable[[Hub, Box, Random], None]] = {
    "clone": clone, "wipe": wipe, "clock back": clock_back, "swap": swap, "restore": restore,
    "reused epoch": reused, "damaged": damaged,
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_a_thousand_cases(story: str, tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys.db")
    mine = range(CASES)[list(STORIES).index(story) :: len(STORIES)]
    for case in mine:
        chance = Random(f"{SEED} {case}")
        box, neighbour = Box("gw-1", seed=1), Box("gw-2", seed=2)
        hub = Hub([box, neighbour], keys, chance)
        settled(hub, neighbour, neighbour.batches())
        try:
            STORIES[story](hub, box, chance)
        except AssertionError as wrong:
            raise AssertionError(f"case {case} of {story}: {wrong}") from wrong
        neighbour.scribble(chance)
        settled(hub, neighbour, neighbour.batches())
    keys.close()


def test_the_cases_are_a_thousand_and_differ() -> None:
    """Else the figure above would be a word."""
    drawn = {Random(f"{SEED} {case}").random() for case in range(CASES)}
    assert len(drawn) == CASES
