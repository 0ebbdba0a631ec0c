"""What an attacker changes in the log, with everything of the hub's made and signed anew: chains
and signatures of others tell it, without any witness."""

from random import Random

import msgspec

from core.events.key import Enrolled, Rotated
from tests import fix_pack
from tests.fix_core import COMPOUND
from tests.fix_pack import GHOST, HUB, STEP, Own, Writer
from tests.tampers.verdict import POLICY, Tampered, tampered
from tests.tampers.world import World, speaker, with_frame


def frame_signed_over(one: World, rng: Random) -> Tampered:
    """A gateway's batch changed, the hub's own history written anew around it."""
    at = rng.choice(one.gateways)
    frame = bytearray(one.built.batches[at - 1].frame)
    frame[rng.randrange(40 if rng.random() < 0.3 else 116, len(frame))] ^= 1 << rng.randrange(8)
    built = with_frame(one, at, bytes(frame))
    files = fix_pack.files_of(one.log, built, one.cosigned)
    return tampered(files, "form payload signature key", position=at)


def batch_dropped(one: World, rng: Random) -> Tampered:
    """In a range that begins later, a journal's first batch has none before it that misses it."""
    at = rng.choice([at for at in one.gateways if one.later(at)])
    files = one.rebuilt([*one.log.items[: at - 1], *one.log.items[at:]])
    if not one.earlier(at):
        return tampered(files, "quorum", POLICY, blind=True, file="checkpoint")
    return tampered(files, "gap", position=one.later(at) - 1)


def handover_dropped(one: World, rng: Random) -> Tampered:
    """Without the old key's last word nobody believes the new one."""
    at = next(at for at in one.gateways if b'"key.rotated' in one.built.batches[at - 1].payload)
    files = one.rebuilt([*one.log.items[: at - 1], *one.log.items[at:]])
    return tampered(files, "key", position=at)


def batch_replayed(one: World, rng: Random) -> Tampered:
    at = rng.choice([at for at in one.gateways if one.later(at) or at > one.log.first + 10])
    to = rng.randrange(at, len(one.log.items))
    items = [*one.log.items]
    items.insert(to, items[at - 1])
    return tampered(one.rebuilt(items), "fork key", position=to + 1)


def ghost_inserted(one: World, rng: Random) -> Tampered:
    """A batch of a key nobody enrolled."""
    to = rng.randrange(one.log.first, len(one.log.items) - 1)
    items = [*one.log.items]
    items.insert(to, Writer("gw-1", 99).write(to * STEP))
    return tampered(one.rebuilt(items), "key", position=to + 1)


def batches_swapped(one: World, rng: Random) -> Tampered:
    """Two batches of one journal in each other's place."""
    at = rng.choice([at for at in one.gateways if one.later(at)])
    items, other = [*one.log.items], one.later(at)
    items[at - 1], items[other - 1] = items[other - 1], items[at - 1]
    return tampered(one.rebuilt(items), "gap fork", position=at if one.earlier(at) else other)


def gateways_swapped(one: World, rng: Random) -> Tampered:
    """The key history says that each of two gateways' keys is the other's."""
    first, second = Writer("gw-2", 1), Writer("gw-1", 2)
    hub = Enrolled(role="hub", key=HUB.public.hex(), since=1)
    items = [*one.log.items]
    enrolments = (hub, fix_pack.enrolled(first, 1), fix_pack.enrolled(second, 1))
    items[0] = fix_pack.own(HUB, 0, *enrolments)
    return tampered(one.rebuilt(items), "source", position=one.log.first + (one.log.first == 1))


def compound_swapped(one: World, rng: Random) -> Tampered:
    hub = Enrolled(role="hub", key=HUB.public.hex(), since=1)
    first, second = Writer("gw-1", 1), Writer("gw-2", 2)
    other = msgspec.structs.replace(fix_pack.enrolled(first, 1), compound=f"c{rng.randrange(99)}")
    keys = (other, fix_pack.enrolled(second, 1))
    items = [*one.log.items]
    items[0] = fix_pack.own(HUB, 0, hub, *keys)
    return tampered(one.rebuilt(items), "source", position=one.log.first + (one.log.first == 1))


def revoked_early(one: World, rng: Random) -> Tampered:
    """A gateway's true words become those of a revoked key."""
    items = [*one.log.items]
    speaks = next(at for at in one.gateways if b"gw-3" in one.built.batches[at - 1].lines())
    revokes = next(
        at for at, own in enumerate(items) if isinstance(own, Own) and b"key.revoked" in own.lines
    )
    items.insert(speaks - 1, items.pop(revokes))
    return tampered(one.rebuilt(items), "key", position=speaks + 1)


def handover_forged(one: World, rng: Random) -> Tampered:
    """The hub says that a gateway's key handed over; the old key never did."""
    to = rng.randrange(max(one.log.first, 2), len(one.log.items) - 7)
    said = Rotated(
        role="gateway", old=Writer("gw-1", 1).signer.public.hex(), new=GHOST.public.hex(),
        compound=COMPOUND, gateway="gw-1",
        proof=rng.randbytes(64).hex(), consent=rng.randbytes(64).hex(),
    )  # fmt: skip
    items = [*one.log.items]
    items[to:to] = [
        fix_pack.own(speaker(one, to), to * STEP, said),
        Writer("gw-1", 99).write(to * STEP),
    ]
    return tampered(one.rebuilt(items), "key", position=to + 2)
