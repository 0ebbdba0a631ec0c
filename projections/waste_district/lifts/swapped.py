"""Two bins that carry each other's tag.

Each one's tag is read where the other stands; or, where both stand at one point, by vehicles that
collect the other's stream. One way alone is a bin that was moved, or a slip; both ways, again and
again, are two tags. Two places confirm each other, so the second read of one of them may be
missing; a stream does not, because whoever mixes loads lifts both at one point.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from projections.days import DAY_MS
from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Finding
from projections.waste_district.rows.register import BinVersion

_LIMITS = EVIDENCE.swapped
_ROUND_MS = _LIMITS.round_s * 1000

_Reads = Mapping[tuple[str, str], Sequence[Finding]]  # bin and where (or for what) it was read


def _in_time(one: Finding) -> tuple[int, str, str]:
    return one.ms, one.key, one.source


class Swap(msgspec.Struct, frozen=True, gc=False):
    """`first` and `second` in order; `reads`: the lifts that say so, in order of time; `apart_ms`:
    between the first read of the one and of the other."""

    first: str
    second: str
    reads: tuple[Finding, ...]
    apart_ms: int

    @property
    def days(self) -> tuple[str, str]:
        return self.reads[0].day, self.reads[-1].day

    def other(self, bin_: str) -> str:
        return self.second if bin_ == self.first else self.first


def swaps(findings: Iterable[Finding], register: Register) -> list[Swap]:
    """`findings`: of lifts, of as many days as evidence is to be looked for. A bin has one tag, so
    of several pairs that it could be in, the one whose reads begin at the same time is it."""
    strayed: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    wrong: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    odd: defaultdict[str, list[Finding]] = defaultdict(list)
    named = (one for one in findings if one.bin and one.kind in ("stray-tag", "wrong-stream"))
    for one in sorted(named, key=_in_time):
        if one.kind == "stray-tag" and one.detail.get("at"):
            strayed[one.bin, str(one.detail["at"])].append(one)
            odd[one.bin].append(one)
        elif one.kind == "wrong-stream":
            wrong[one.bin, str(one.detail.get("stream", ""))].append(one)
            odd[one.bin].append(one)
    lasting = {key: _lasting(told) for key, told in strayed.items()}
    often = {key: _lasting(told) for key, told in wrong.items()}
    firm = {key: told for key, told in often.items() if _enough(told)}
    pairs = [*_by_place(lasting, register), *_by_stream(firm, register)]
    pairs.sort(key=lambda pair: (pair.apart_ms, pair.first, pair.second))
    paired: set[str] = set()
    kept = []
    for pair in pairs:
        if not {pair.first, pair.second} & paired:
            paired |= {pair.first, pair.second}
            kept.append(_told(pair, (*odd[pair.first], *odd[pair.second])))
    return sorted(kept, key=lambda pair: (pair.first, pair.second))


def _lasting(told: Sequence[Finding]) -> Sequence[Finding]:
    """From when on it is read again and again. What went before was another matter."""
    days = len({one.day for one in told})
    while told and told[-1].ms - told[0].ms > days * _LIMITS.every_days * DAY_MS:
        told = told[1:]
        days = len({one.day for one in told})
    return told


def _told(pair: Swap, odd: Iterable[Finding]) -> Swap:
    """With all that is odd about its bins since: a vehicle that nobody saw the place of tells only
    of another stream, and one that nobody saw the stream of only of another place."""
    since = pair.reads[0].ms
    reads = sorted((one for one in odd if one.ms >= since), key=_in_time)
    return msgspec.structs.replace(pair, reads=tuple(reads))


def _by_place(reads: _Reads, register: Register) -> Iterator[Swap]:
    stands: dict[str, BinVersion] = {}
    at: defaultdict[str, set[str]] = defaultdict(set)  # point → strayed bins that belong there
    for (key, _), told in reads.items():
        if (bin_ := register.bin(key, told[0].ms)) is not None:
            stands[key] = bin_
            at[bin_.point].add(key)
    for (key, where), told in reads.items():
        for other in at[where] if key in stands and where in at else ():
            back = reads.get((other, stands[key].point), ())
            if (
                key < other
                and back
                and _confirmed(told, back)
                and _collected(stands[other].category, told, register)
                and _collected(stands[key].category, back, register)
            ):
                yield _swap(key, other, told, back)


def _by_stream(reads: _Reads, register: Register) -> Iterator[Swap]:
    here: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for (key, stream), told in reads.items():
        bin_ = register.bin(key, told[0].ms)
        if bin_ is not None and bin_.point:
            here[bin_.point, stream].append((key, bin_.category))
    for (point, stream), found in here.items():
        for key, category in found:
            for other, others in here.get((point, category), ()):
                if key < other and others == stream:
                    yield _swap(key, other, reads[key, stream], reads[other, category])


def _collected(category: str, told: Sequence[Finding], register: Register) -> bool:
    """Whether most of the vehicles that read it were there for bins of that stream."""
    fit = sum(
        vehicle is None or not vehicle.categories or category in vehicle.categories
        for one in told
        for vehicle in (register.vehicle(one.vehicle, one.ms),)
    )
    return fit * 2 > len(told)


def _enough(told: Sequence[Finding]) -> bool:
    return len(told) >= _LIMITS.often or min(len(told), _rounds(told)) >= _LIMITS.times


def _confirmed(told: Sequence[Finding], back: Sequence[Finding]) -> bool:
    """Each way often enough, or seldom, but about as often one way as the other, and together."""
    if _enough(told) and _enough(back):
        return True
    less, more = sorted((len(told), len(back)))
    both = sorted((*told, *back), key=_in_time)
    return (
        len(both) >= _LIMITS.often
        and _rounds(both) >= _LIMITS.times
        and less * _LIMITS.uneven >= more
        and len(_lasting(both)) == len(both)
    )


def _rounds(told: Sequence[Finding]) -> int:
    return 1 + sum(later.ms - one.ms > _ROUND_MS for one, later in pairwise(told))


def _swap(key: str, other: str, told: Sequence[Finding], back: Sequence[Finding]) -> Swap:
    first, second = sorted((key, other))
    reads = sorted((*told, *back), key=_in_time)
    begun = [min(one.ms for one in way) for way in (told, back)]
    return Swap(first, second, tuple(reads), abs(begun[0] - begun[1]))
