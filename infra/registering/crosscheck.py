"""What the entries of some files say of each other, and of what a hub has."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from projections.waste_district.entering import crosscheck
from projections.waste_district.entering.crosscheck import FIRST, Said, event_of
from projections.waste_district.register.entry import Entry


def crossed(said: Sequence[Said], known: Iterable[Entry]) -> list[Entry]:
    """The entries with every bin by its key. Mistakes and doubts are among the findings of their
    files."""
    kinds = crosscheck.entered({}, (event_of(one, FIRST) for one in known))
    return crosscheck.crossed(kinds, said)


def counted(entries: Iterable[Entry]) -> Mapping[str, int]:
    """By kind."""
    return Counter(one.kind for one in entries)
