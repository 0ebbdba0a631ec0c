"""What a lift weighed, whether that can be, and whether two of one bin are one told twice."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median_low

import msgspec

from core.event import parse_source
from core.events.register import Scale
from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.rows.hauls import Facts, Lift, Tare
from projections.waste_district.rows.register import BinVersion
from projections.waste_district.rows.tickets import Ticket


def net_of(lift: Lift) -> int | None:
    """As told, else what the bin lost; below nothing where it got heavier."""
    if lift.net_g is not None or lift.gross_g is None or lift.tare_g is None:
        return lift.net_g
    return lift.gross_g - lift.tare_g


def awaits(lift: Lift) -> bool:
    """Whether its empty weight may be told apart."""
    return lift.gross_g is not None and lift.tare_g is None and lift.net_g is None


def with_tares(facts: Facts, tares: Sequence[Tare]) -> Facts:
    """Of several of one lift the earliest stands; a lift that has none keeps its full weight."""
    found: dict[tuple[str, str], int] = {}
    for one in sorted(tares, key=lambda one: (one.ms, one.id), reverse=True):
        found[_device(one), one.lift] = one.grams
    lifts = tuple(
        msgspec.structs.replace(one, tare_g=found.get((_device(one), one.id)))
        if awaits(one)
        else one
        for one in facts.lifts
    )
    return msgspec.structs.replace(facts, lifts=lifts)


def _device(one: Lift | Tare) -> str:
    return parse_source(one.source)[2]


def said(one: Lift | Ticket) -> Mapping[str, str | int]:
    """What was told of it, for who is to see why it cannot be."""
    found = {"gross": one.gross_g, "tare": one.tare_g, "net": one.net_g}
    return {name: grams for name, grams in found.items() if grams is not None}


def impossible(lift: Lift, bin_: BinVersion | None, alike_g: int) -> bool:
    """`alike_g`: what the scale cannot tell apart."""
    limits = EVIDENCE.weight
    net, gross, tare = net_of(lift), lift.gross_g, lift.tare_g
    if net is None:
        return False
    volume = bin_.volume_l if bin_ else None
    most = limits.most_g
    if volume:
        most = min(most, round(volume * limits.kg_per_l * 1000) + limits.over_g)
    if net < 0 or net > most:
        return True
    if gross is not None and tare is not None and abs(gross - tare - net) > alike_g:
        return True
    empty = bin_.tare_g if bin_ else None
    return gross is not None and bool(empty) and gross < (empty or 0) * limits.empty_share


def alike_g(scale: Scale) -> int:
    """Two readings of one thing are no further apart."""
    return max(EVIDENCE.double.divisions * scale.division_g, EVIDENCE.double.least_g)


def same(first: Lift, second: Lift, within_g: int) -> bool:
    """Whether the second says nothing that an emptied bin could weigh: the first one's weight
    again, or none at all."""
    for one, other in ((first.gross_g, second.gross_g), (first.net_g, second.net_g)):
        if one is not None and other is not None:
            return abs(one - other) <= within_g
    return unweighed(first) or unweighed(second)


def unweighed(lift: Lift) -> bool:
    return lift.gross_g is None and lift.net_g is None


def zero(read: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """By which a scale is off, as (read, known) empty weights say, and how many there are."""
    off = [told - known for told, known in read]
    return (median_low(off) if off else 0), len(off)
