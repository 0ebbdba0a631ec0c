"""A ledger as it is printed: words and numbers in tables, for whatever writes files of them."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from projections import days
from projections.console.links import evidence_href
from projections.console.texts import Language, Words
from projections.waste_district.asked.ledger import Change, Ledger, Line, Source, Total

Cell = str | int


class Column(msgspec.Struct, frozen=True):
    """Cells of `kg` are grams, of `count` numbers, of `word` too short to be broken."""

    title: str
    holds: Literal["text", "word", "kg", "count"] = "text"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """`last_day`: of its month, and the date that its files bear. `gone`: rows as in `lines` for
    what the revision before had, where a file has one table only."""

    language: Language
    last_day: str
    title: str
    facts: tuple[tuple[str, str], ...]
    totals: Table
    lines: Table
    changes: Table
    gone: tuple[tuple[Cell, ...], ...]
    note: str
    signed: tuple[str, ...]
    page: str

    @property
    def tables(self) -> tuple[Table, ...]:
        """In their order, those that have rows."""
        return tuple(one for one in (self.totals, self.lines, self.changes) if one.rows)


def kilograms(grams: int) -> str:
    """To the gram."""
    return f"{grams // 1000}.{grams % 1000:03}"


def sheet(ledger: Ledger, words: Words) -> Sheet:
    revision = str(ledger.revision) if ledger.revision else words("ledger.draft")
    return Sheet(
        language=words.language,
        last_day=days.month_days(ledger.month)[-1],
        title=words("ledger.title"),
        facts=(
            (words("ledger.compound"), " ".join((ledger.name, ledger.compound)).strip()),
            (words("ledger.street"), ledger.street or words("ledger.unknown")),
            (words("ledger.month"), ledger.month),
            (words("ledger.revision"), revision),
            (words("ledger.position"), str(ledger.position)),
            (words("ledger.sum"), f"{kilograms(ledger.quantity_g)} kg"),
        ),
        totals=_totals(ledger, words),
        lines=_lines(ledger, words),
        changes=_changes(ledger, words),
        gone=tuple(_gone(ledger, words)),
        note=words("ledger.made"),
        signed=(words("ledger.keeper"), words("ledger.street-office"), words("ledger.date")),
        page=words("ledger.page", page="{page}", pages="{pages}"),
    )


def _totals(ledger: Ledger, words: Words) -> Table:
    """The four that the rules ask for stand first."""
    return Table(
        title=words("ledger.totals"),
        columns=(
            *_asked_for(words),
            Column(words("ledger.lifts"), "count"),
            Column(words("ledger.trips"), "count"),
            Column(words("ledger.of"), "word"),
            Column(words("ledger.remark")),
        ),
        rows=tuple(
            (
                *_four(one, words),
                one.lifts,
                one.trips,
                str(one.first) if one.first == one.last else f"{one.first}–{one.last}",
                _unweighed(one.unweighed, words),
            )
            for one in ledger.totals
        ),
    )


def _lines(ledger: Ledger, words: Words) -> Table:
    remarks = _Remarks(ledger, words)
    return Table(
        title=words("ledger.lines"),
        columns=(
            Column(words("ledger.number"), "count"),
            Column(words("ledger.day"), "word"),
            *_asked_for(words),
            Column(words("ledger.lifts"), "count"),
            Column(words("ledger.ticket"), "word"),
            Column(words("ledger.events")),
            Column(words("ledger.link")),
            Column(words("ledger.remark")),
        ),
        rows=tuple(
            (
                number,
                one.day,
                *_four(one, words),
                one.lifts,
                _ticket(one.ticket),
                _places(one.events),
                evidence_href(one.trip),
                remarks.of(one),
            )
            for number, one in enumerate(ledger.lines, 1)
        ),
    )


def _changes(ledger: Ledger, words: Words) -> Table:
    return Table(
        title=words("ledger.changes"),
        columns=(
            Column(words("ledger.link")),
            Column(words("ledger.kind"), "word"),
            Column(words("ledger.what"), "word"),
            Column(words("ledger.was")),
            Column(words("ledger.now")),
            Column(words("ledger.events")),
        ),
        rows=tuple(
            (
                evidence_href(one.trip) if one.trip else "",
                words.named("category", one.category or "unknown") if one.trip else "",
                words.named("ledgerfield", one.field),
                _value(one, one.was, words),
                _value(one, one.now, words),
                _places(one.events),
            )
            for one in ledger.changes
        ),
    )


def _gone(ledger: Ledger, words: Words) -> Iterator[tuple[Cell, ...]]:
    """As wide as `lines`."""
    for one in ledger.changes:
        if _of_gone(one):
            kind = words.named("category", one.category or "unknown")
            remark = words("ledger.gone", was=kilograms(int(one.was)))
            yield 0, "", kind, 0, "", "", 0, "", "", evidence_href(one.trip), remark


def _of_gone(change: Change) -> bool:
    """Its trip's number may be that of another line by now."""
    return change.field == "line" and not change.now


def _asked_for(words: Words) -> tuple[Column, ...]:
    return (
        Column(words("ledger.kind"), "word"),
        Column(words("ledger.quantity"), "kg"),
        Column(words("ledger.transporter")),
        Column(words("ledger.destination")),
    )


def _four(one: Line | Total, words: Words) -> tuple[Cell, ...]:
    return (
        words.named("category", one.category or "unknown"),
        one.quantity_g,
        one.transporter or words("ledger.unknown"),
        one.destination or words("ledger.unknown"),
    )


def _places(events: tuple[Source, ...]) -> str:
    """Where in the log they stand, and how many they are; each is named where the link leads."""
    if not events:
        return ""
    found = sorted({one.position for one in events})
    ends = str(found[0]) if len(found) == 1 else f"{found[0]}–{found[-1]}"
    return f"{ends} / {len(events)}"


def _value(change: Change, said: str, words: Words) -> str:
    if not said:
        return words("ledger.none")
    match change.field:
        case "line" | "quantity" | "presumed":
            return kilograms(int(said))
        case "outcome":
            return words.named("ledgeroutcome", said)
        case "mixed":
            return words("ledger.mixed")
        case "ticket":
            return _ticket(said)
        case _:
            return said


def _ticket(key: str) -> str:
    """{site}|{number}."""
    return key.replace("|", " ")


def _unweighed(lifts: int, words: Words) -> str:
    return words("ledger.unweighed", n=lifts) if lifts else ""


class _Remarks:
    """What is to be said of each line beside its figures."""

    def __init__(self, ledger: Ledger, words: Words) -> None:
        self._words = words
        self._changes: dict[tuple[str, str], list[Change]] = {}
        for one in ledger.changes:
            if not _of_gone(one):
                self._changes.setdefault((one.trip, one.category), []).append(one)

    def of(self, line: Line) -> str:
        words = self._words
        said = [
            words.named("ledgeroutcome", line.outcome) if line.outcome != "delivered" else "",
            words("ledger.mixed") if line.mixed else "",
            _unweighed(line.unweighed, words),
            words("ledger.presumed", kg=kilograms(line.presumed_g)) if line.presumed_g else "",
            *(self._changed(one) for one in self._changes.get((line.trip, line.category), ())),
        ]
        return "; ".join(one for one in said if one)

    def _changed(self, change: Change) -> str:
        words = self._words
        return words(
            "ledger.changed",
            what=words.named("ledgerfield", change.field),
            was=_value(change, change.was, words),
            now=_value(change, change.now, words),
        )
