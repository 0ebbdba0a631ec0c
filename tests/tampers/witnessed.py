"""What only witnesses can tell, or a checkpoint somebody kept, and how their word is forged."""

from random import Random

from core.events.journal import EpochChanged
from core.tlog import note
from tests import fix_pack
from tests.fix_pack import GHOST, HUB2, STEP, Own, Writer
from tests.tampers.verdict import BARE, KEPT, POLICY, TRUSTED, Tampered, flipped, tampered
from tests.tampers.world import World, plain_own, speaker, world


def log_key_swapped(one: World, rng: Random) -> Tampered:
    """Signed by somebody who is not the log."""
    text = one.built.text(len(one.log.items))
    files = {**one.files, "checkpoint": fix_pack.signed(text, [GHOST], one.cosigned)}
    return tampered(files, "log-key", file="checkpoint")


def origin_swapped(one: World, rng: Random) -> Tampered:
    text = one.built.text(len(one.log.items)).replace("jinxiu", rng.choice(["jinxlu", "other"]))
    other = text.split("\n")[0]
    files = {**one.files, "checkpoint": fix_pack.signed(text, [HUB2], {}, other)}
    return tampered(files, "origin", rng.choice([BARE, POLICY]), file="checkpoint")


def cosignature_byte(one: World, rng: Random) -> Tampered:
    found = note.parse(one.files["checkpoint"])
    n = rng.randrange(len(found.signatures))
    lines = [*found.signatures]
    body = flipped(lines[n].body, rng.randrange(len(lines[n].body)), rng)
    lines[n] = note.Signature(lines[n].name, lines[n].key_id, body)
    files = {**one.files, "checkpoint": note.Note(found.text, tuple(lines)).encode()}
    return tampered(files, "signature", POLICY, file="checkpoint")


def cosignatures_dropped(one: World, rng: Random) -> Tampered:
    found = note.parse(one.files["checkpoint"])
    kept = rng.choice(found.signatures[1:])
    files = {**one.files, "checkpoint": note.Note(found.text, (found.signatures[0], kept)).encode()}
    return tampered(files, "quorum", POLICY, blind=True, file="checkpoint")


def end_dropped(one: World, rng: Random) -> Tampered:
    """The newest batch of a journal: nothing behind it misses it."""
    at = rng.choice(
        [at for at in one.gateways if not one.later(at) and at > 14 + one.log.first - 1]
    )
    files = one.rebuilt([*one.log.items[: at - 1], *one.log.items[at:]])
    return tampered(files, "quorum", POLICY, blind=True, file="checkpoint")


def ghost_enrolled(one: World, rng: Random) -> Tampered:
    """A gateway that never was, enrolled before it speaks."""
    to = rng.randrange(max(one.log.first, 2), len(one.log.items) - 6)
    ghost = Writer("gw-9", 99)
    items = [*one.log.items]
    own = fix_pack.own(speaker(one, to), to * STEP, fix_pack.enrolled(ghost))
    items[to:to] = [own, ghost.write(to * STEP), ghost.write(to * STEP)]
    return tampered(one.rebuilt(items), "quorum", POLICY, blind=True, file="checkpoint")


def neighbours_swapped(one: World, rng: Random) -> Tampered:
    """Two gateways' batches: which came first is the hub's word alone, until it is witnessed."""
    pairs = [
        at
        for at in one.gateways
        if at + 1 in one.gateways and one.journal(at) != one.journal(at + 1)
    ]
    pairs = [
        at
        for at in pairs
        if not any(b'"key.' in one.built.batches[n - 1].payload for n in (at, at + 1))
    ]
    at, items = rng.choice(pairs), [*one.log.items]
    items[at - 1], items[at] = items[at], items[at - 1]
    return tampered(one.rebuilt(items), "quorum", POLICY, blind=True, file="checkpoint")


def own_inserted(one: World, rng: Random) -> Tampered:
    """What the hub never said then, chained and signed by its own key."""
    to = rng.randrange(max(one.log.first, 2), len(one.log.items) - 1)
    items = [*one.log.items]
    said = EpochChanged(previous=rng.randrange(1, 9), epoch=9, declared=True)
    items.insert(to, fix_pack.own(speaker(one, to), to * STEP, said))
    return tampered(one.rebuilt(items), "quorum", POLICY, blind=True, file="checkpoint")


def own_edited(one: World, rng: Random) -> Tampered:
    items = [*one.log.items]
    own = rng.choice([at for at in range(one.log.first, one.log.to) if plain_own(items[at])])
    before = items[own]
    assert isinstance(before, Own)
    items[own] = before._replace(lines=before.lines.replace(b'"epoch":', b'"epoch":1'))
    return tampered(one.rebuilt(items), "quorum", POLICY, blind=True, file="checkpoint")


def own_dropped(one: World, rng: Random) -> Tampered:
    items = [*one.log.items]
    del items[rng.choice([at for at in range(one.log.first, one.log.to) if plain_own(items[at])])]
    return tampered(one.rebuilt(items), "quorum", POLICY, blind=True, file="checkpoint")


def forked(one: World, rng: Random) -> Tampered:
    """Another history than the one somebody has kept a checkpoint of. Of the small log."""
    one = world()
    items = [*one.log.items]
    own = rng.choice([at for at in range(1, one.log.sizes[KEPT]) if plain_own(items[at])])
    before = items[own]
    assert isinstance(before, Own)
    items[own] = before._replace(lines=before.lines.replace(b'"epoch":', b'"epoch":1'))
    return tampered(one.rebuilt(items), "forked", TRUSTED, blind=True, file="kept")


def rolled_back(one: World, rng: Random) -> Tampered:
    """The log's end is cut off, and it goes on from there as if nothing had been."""
    one = world()
    end = rng.randrange(one.log.sizes[KEPT] - 1, one.log.sizes[KEPT])
    items = [*one.log.items[: end - 1], one.log.items[-1]]
    return tampered(one.rebuilt(items), "rolled-back forked", TRUSTED, blind=True, file="kept")


def tail_cut(one: World, rng: Random) -> Tampered:
    end = rng.randrange(one.log.first + 15, len(one.log.items))
    files = one.rebuilt([*one.log.items[: end - 1], one.log.items[-1]])
    return tampered(files, "quorum", POLICY, blind=True, file="checkpoint")


def cosignatures_pasted(one: World, rng: Random) -> Tampered:
    """A rewritten log under the cosignatures of the true one."""
    files = one.rebuilt([*one.log.items[:-2], one.log.items[-1]])
    true, made = (note.parse(each["checkpoint"]) for each in (one.files, files))
    pasted = note.Note(made.text, (*made.signatures, *true.signatures[1:]))
    return tampered(
        {**files, "checkpoint": pasted.encode()}, "signature", POLICY, file="checkpoint"
    )


def backdated(one: World, rng: Random) -> Tampered:
    """Said today, dated before; appended honestly, so that every witness signs it."""
    to = rng.randrange(one.log.sizes[1] + 1, len(one.log.items) - 1)
    seen = max(size for size in one.log.sizes if size <= to)
    at = (seen - 1) * STEP + 5 - rng.randrange(302, 4000)
    items = [*one.log.items]
    items.insert(
        to, fix_pack.own(speaker(one, to), at, EpochChanged(previous=1, epoch=2, declared=True))
    )
    log = one.log._replace(items=items, to=len(items) - 1, sizes=[*one.log.sizes[:-1], len(items)])
    return tampered(one.again(log), "backdated", POLICY, blind=True, position=to + 1)
