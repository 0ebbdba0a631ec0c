"""What people did with the district's papers, in whatever order it is read."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import msgspec

from core.event import Data, Recorded
from core.events.custody import CatchUpDispatched, HistoryImported, LedgerExported
from projections.state import ViewState
from projections.view import DISTRICT, Kinds, Rows, Run, View
from projections.waste_district.records import record
from projections.waste_district.rows.kinds import KINDS
from projections.waste_district.rows.papers import Dispatch, Export, Import
from tests.fix_views import NOON, Said, bare


def _fold(rows: Rows, run: Run) -> None:
    for item in run:
        record(rows, item)


VIEW = View(
    name="papers", version=1, kinds=KINDS, fold=_fold, present=lambda _: {}, over="district"
)


def folded(items: Sequence[Recorded]) -> Kinds:
    state = ViewState(VIEW)
    state.fold(items, {})
    return state.rows(DISTRICT)


def told(subject: str, *acts: Data) -> list[Recorded]:
    """One a minute."""
    said = Said("hub")
    return [
        said.stands(said.event(data, subject, at=NOON + timedelta(minutes=n)), n + 1)
        for n, data in enumerate(acts)
    ]


def one_row(items: Sequence[Recorded], kind: str) -> Any:
    """The same, whichever is read first."""
    found = [folded(order) for order in permutations(items)]
    assert all(bare(one) == bare(found[0]) for one in found)
    ((_, row),) = found[0][kind].items()
    return row


def test_every_ledger_that_left_is_listed_once_with_what_its_revision_says() -> None:
    first = LedgerExported(
        compound="c001", month="2026-10", position=40, revision=1, format="pdf", sha256="aa",
        lines=3, actor="office-1", content="c1",
    )  # fmt: skip
    english = msgspec.structs.replace(first, language="en", sha256="bb")
    plain = msgspec.structs.replace(first, format="json", language="en", sha256="cc")
    later = msgspec.structs.replace(first, revision=2, position=90, sha256="dd", content="c2")
    row = one_row(told("compound/c001", later, first, english, plain, first)[:4], "export")
    assert row == Export(
        exports=(
            (1, 40, "en.pdf", "bb"),
            (1, 40, "json", "cc"),
            (1, 40, "pdf", "aa"),
            (2, 90, "pdf", "dd"),
        ),
        contents={"1": "c1", "2": "c2"},
    )
    assert folded(told("compound/c001", first, first)) == folded(told("compound/c001", first))


def test_who_was_sent_last_catches_up_and_all_bins_are_seen_to() -> None:
    sent = [
        CatchUpDispatched(day="2026-11-20", vehicle=name, bins=bins, actor=actor)
        for name, bins, actor in (
            ("v002", ("c001/b1",), "d-1"),
            ("v003", ("c001/b2",), "d-2"),
            ("v001", ("c001/b1",), "d-3"),
        )
    ]
    items = told("route/r001-am", *sent)
    row = one_row(items, "dispatch")
    assert row == Dispatch(
        vehicle="v001", bins=("c001/b1", "c001/b2"), actor="d-3", at=items[-1].moment.at
    )
    assert list(folded(items)["dispatch"]) == ["r001-am|2026-11-20"]


def test_a_file_is_one_import_and_its_first_report_stands() -> None:
    first = HistoryImported(file="a.csv", sha256="ee", rows=10, events=9, aside=1, actor="o")
    again = msgspec.structs.replace(first, events=0, file="copy.csv")
    items = told("import/ee", first, again)
    assert one_row(items, "import") == Import(
        file="a.csv", rows=10, events=9, aside=1, actor="o", at=items[0].moment.at
    )
