"""Which words about a ticket's number speak of one load.

Facilities begin to count anew each day or year, and two weighbridges of one count each for itself,
so a number comes again: later, or for another vehicle. What comes after a pause is told from the
words on both sides of it alone, so that no order of arrival matters.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from projections.days import day_of, start_of
from projections.waste_district.loads.tolerance import TOLERANCE
from projections.waste_district.rows.tickets import Weighing

_AGAIN_MS = TOLERANCE.ticket.again_s * 1000


def apart(number: str, words: Sequence[Weighing]) -> Mapping[str, Sequence[Weighing]]:
    """By the name that each ticket goes by. `words`: in order of time; the first that is weighed
    keeps the number."""
    found: dict[str, Sequence[Weighing]] = {}
    for mine in _rounds(words):
        name = f"{number} {_minute(mine[0].ms)}" if found else number
        for n, (who, said) in enumerate(_by_vehicle(mine).items()):
            found[f"{name} {who}" if n else name] = said
    return found


def _rounds(words: Sequence[Weighing]) -> list[list[Weighing]]:
    """A vehicle that was weighed full may be weighed empty much later. Other words speak of the
    newest weighing before them, of the vehicle that they name where it is known."""
    begins: list[int] = []
    rounds: list[list[Weighing]] = []
    for one in words:
        if one.what == "weighed":
            if not rounds or (
                one.ms - rounds[-1][-1].ms > _AGAIN_MS and not _awaits(rounds[-1], one)
            ):
                begins.append(one.ms)
                rounds.append([])
            rounds[-1].append(one)
    if len(rounds) < 2:
        return [list(words)]
    weighed = [{_who(one) for one in mine} for mine in rounds]
    for one in words:
        if one.what != "weighed":
            before = range(max(0, bisect_right(begins, one.ms) - 1), -1, -1)
            newest = next((at for at in before if _who(one) in weighed[at]), before[0])
            rounds[newest].append(one)
    return [sorted(mine, key=lambda one: (one.ms, one.told)) for mine in rounds]


def _awaits(said: Sequence[Weighing], one: Weighing) -> bool:
    """Whether nothing is known yet of the vehicle that is weighed empty now."""
    empty = one.gross_g is None and one.net_g is None
    return empty and all(word.tare_g is None and word.net_g is None for word in said)


def _by_vehicle(words: Sequence[Weighing]) -> Mapping[str, Sequence[Weighing]]:
    """Of several that were weighed full, and not at once. Who names none of them speaks of the
    last."""
    full: dict[str, tuple[int | None, ...]] = {}
    for one in words:
        who = _who(one)
        if one.what == "weighed" and who and not (one.gross_g is None and one.net_g is None):
            figures = (one.ms, one.gross_g, one.tare_g, one.net_g)
            if figures not in full.values():
                full.setdefault(who, figures)
    if len(full) < 2:
        return {"": words}
    found: dict[str, list[Weighing]] = {who: [] for who in full}
    last = next(iter(full))
    for one in words:
        who = _who(one)
        last = who if who in full else last
        found[last].append(one)
    return found


def _who(one: Weighing) -> str:
    return one.vehicle or one.vehicle_ref


def _minute(ms: int) -> str:
    day = day_of(ms)
    minutes = (ms - start_of(day)) // 60_000
    return f"{day} {minutes // 60:02}:{minutes % 60:02}"
