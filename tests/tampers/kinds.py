"""Every kind of tampering, and the campaign that tries them in turn, each from its own seed."""

from random import Random

from tests.crash.lab.tally import Tally, Unit
from tests.tampers import in_file, in_log, witnessed
from tests.tampers.verdict import Attack, wrong
from tests.tampers.world import WORLDS, world

ATTACKS: tuple[Attack, ...] = (
    in_file.frame_byte, in_file.frame_dropped, in_file.frames_swapped, in_file.frames_reordered,
    in_file.frame_repeated, in_file.frames_cut, in_file.pack_cut, in_file.pack_byte,
    in_file.tile_byte, in_file.tile_dropped, in_file.tile_narrowed, in_file.leaf_and_tile,
    in_file.proof_byte, in_file.older_root, in_file.copy_edited, in_file.copy_dropped,
    in_file.list_dropped, in_file.list_edited, in_file.range_narrowed, in_file.media_swapped,
    in_file.skipped_bent,
    in_log.frame_signed_over, in_log.batch_dropped, in_log.handover_dropped, in_log.batch_replayed,
    in_log.ghost_inserted, in_log.batches_swapped, in_log.gateways_swapped,
    in_log.compound_swapped, in_log.revoked_early, in_log.handover_forged,
    witnessed.log_key_swapped, witnessed.origin_swapped, witnessed.cosignature_byte,
    witnessed.cosignatures_dropped, witnessed.cosignatures_pasted, witnessed.end_dropped,
    witnessed.ghost_enrolled, witnessed.neighbours_swapped, witnessed.own_inserted,
    witnessed.own_edited, witnessed.own_dropped, witnessed.forked, witnessed.rolled_back,
    witnessed.tail_cut, witnessed.backdated,
)  # fmt: skip


def trial(number: int, seed: int) -> str:
    """What was amiss; empty when the tampering was found in its place."""
    attack = ATTACKS[number % len(ATTACKS)]
    one = world(WORLDS[number // len(ATTACKS) % len(WORLDS)])
    said = wrong(attack(one, Random(f"{seed}:{number}")))
    return f"{attack.__name__}: {said}" if said else ""


def campaign(unit: Unit) -> Tally:
    tally = Tally()
    for number in range(unit.number * unit.trials, (unit.number + 1) * unit.trials):
        tally.trials += 1
        tally.count(ATTACKS[number % len(ATTACKS)].__name__)
        if said := trial(number, unit.seed):
            tally.fail(f"{number}: {said}")
    return tally
