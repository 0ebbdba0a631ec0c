"""Ledgers that leave the house: each is an event, and the same bytes for ever.

What was handed out is kept under the hub's folder by its SHA-256, which the event names; so is
what it says, apart from any format. Either can be lost: the log makes it again, as of the position
in the event. Bytes whose SHA-256 is not the event's are never served for it, which is how a
writer that a newer version changed is found.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec
from fastapi import HTTPException

from core.clock import rfc3339
from core.events.custody import Language, LedgerExported, LedgerFormat
from projections import days
from projections.view import DISTRICT, Kinds
from projections.waste_district import kept
from projections.waste_district.asked.ledger import Ledger, changes, ledger
from projections.waste_district.held import Held
from projections.waste_district.records import export_key, format_of
from projections.waste_district.rows.papers import Export
from projections.web.accounts import Account
from projections.web.deed import event_of
from projections.web.desk import Desk
from projections.web.refusal import Behind
from projections.web.shelf import Shelf, digest
from projections.web.standing import Standing
from projections.web.waste_asked import VIEW

_LAG_S = 30.0


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """`month`: YYYY-MM, checked."""

    compound: str
    month: str
    form: LedgerFormat
    language: Language


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """`made`: for the first time, kept since, again from the log; a draft is on no record."""

    content: bytes
    revision: int
    position: int
    sha256: str
    made: Literal["first", "kept", "again", "draft"]


class Exported(msgspec.Struct, frozen=True):
    """One revision: from where in the log, what it says, and which formats of it are out."""

    revision: int
    position: int
    content: str
    formats: Mapping[str, str]  # format → SHA-256


class Ledgers:
    """Any thread, one at a time; every method blocks. Dying after the event is stored is safe: its
    bytes were kept before, and whoever asks again gets them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._standing = Standing(desk)
        self._shelf = Shelf(desk.data / "ledgers")

    def draft(self, wish: Wish, position: int, kinds: Kinds) -> Copy:
        """Of a month that is not over, or as something else than now was known. No event."""
        made = ledger(kinds, wish.compound, wish.month)
        if not made.lines and wish.compound not in kinds.get("compound", {}):
            raise HTTPException(404, _nothing(wish))
        book = msgspec.structs.replace(made, position=position)
        written = self._write(wish, book)
        return Copy(
            content=written, revision=0, position=position, sha256=digest(written), made="draft"
        )

    def over(self, month: str) -> bool:
        """Whether no more can happen in it; of what did, files may still come late."""
        end = days.start_of(days.month_days(month)[-1]) + days.DAY_MS
        return self._desk.clock.now().timestamp() * 1000 >= end

    def newest(self, wish: Wish, account: Account) -> Copy:
        """The newest revision; the first one, where there is none."""
        with self._standing.turn():
            found = self._exported(wish)
            if not found:
                return self._revise(wish, account, found)
            return self._copy(wish, account, found, found[-1])

    def revised(self, wish: Wish, account: Account) -> Copy:
        """A new revision if the rows now say something else than the newest one did."""
        with self._standing.turn():
            return self._revise(wish, account, self._exported(wish))

    def again(self, wish: Wish, account: Account, revision: int) -> Copy:
        """That revision made once more from the log, which proves what was kept."""
        with self._standing.turn():
            found = self._exported(wish)
            chosen = next((one for one in found if one.revision == revision), None)
            if chosen is None:
                raise HTTPException(404, _no_such_revision(wish, found))
            told = chosen.formats.get(_format(wish))
            if told is None:
                return self._copy(wish, account, found, chosen)
            written = self._write(wish, self._numbered(wish, found, chosen, anew=True))
            if digest(written) == told:
                return _as(chosen, written, "again")
            held = self._shelf.get(told)
            if held is None:
                raise HTTPException(409, _otherwise(wish, chosen, told, digest(written)))
            return _as(chosen, held, "kept")

    # --- inside a turn ----------------------------------------------------------------------------

    def _exported(self, wish: Wish) -> list[Exported]:
        """Oldest first: as the rows have it, and what is not folded yet."""
        row = self._rows()[1].get("export", {}).get(export_key(wish.compound, wish.month))
        told = list(row.exports) if isinstance(row, Export) else []
        contents = dict(row.contents) if isinstance(row, Export) else {}
        for event in self._standing.of(wish.compound, _about(wish)):
            data = event.data
            assert isinstance(data, LedgerExported)
            form = format_of(data.format, data.language)
            told.append((data.revision, data.position, form, data.sha256))
            contents[str(data.revision)] = data.content
        found: dict[int, dict[str, str]] = {}
        places: dict[int, int] = {}
        for revision, position, form, sha256 in told:
            found.setdefault(revision, {}).setdefault(form, sha256)
            places.setdefault(revision, position)
        return [
            Exported(number, places[number], contents.get(str(number), ""), found[number])
            for number in sorted(found)
        ]

    def _revise(self, wish: Wish, account: Account, found: list[Exported]) -> Copy:
        self._may_judge()
        position, kinds = self._rows()
        if days.start_of(f"{wish.month}-01") < kept.oldest_ms(kept.mark_of(Held(kinds))):
            raise HTTPException(409, _too_old(wish, found))
        now = ledger(kinds, wish.compound, wish.month)
        if not now.lines and not found:
            raise HTTPException(404, _nothing(wish))
        content = _said(now)
        if found and digest(content) == found[-1].content:
            return self._copy(wish, account, found, found[-1])
        number = found[-1].revision + 1 if found else 1
        made = Exported(number, position, digest(content), {})
        self._shelf.put(content)
        return self._export(wish, account, made, self._numbered(wish, [*found, made], made))

    def _may_judge(self) -> None:
        """503 while the rows lack what the log has long had: half a month is no ledger."""
        runner = self._desk.runner
        failed = runner.failures.get(VIEW)
        if failed is not None:
            raise HTTPException(
                503, f"The district's view has stopped before position {failed.position}."
            )
        if runner.lag(VIEW, self._desk.clock.now()).seconds > _LAG_S:
            raise Behind

    def _copy(self, wish: Wish, account: Account, found: list[Exported], one: Exported) -> Copy:
        told = one.formats.get(_format(wish))
        if told is None:  # of this revision, in this format, for the first time
            return self._export(wish, account, one, self._numbered(wish, found, one))
        held = self._shelf.get(told)
        if held is not None:
            return _as(one, held, "kept")
        written = self._write(wish, self._numbered(wish, found, one))
        if digest(written) != told:
            raise HTTPException(409, _otherwise(wish, one, told, digest(written)))
        self._shelf.put(written)
        return _as(one, written, "again")

    def _export(self, wish: Wish, account: Account, one: Exported, book: Ledger) -> Copy:
        written = self._write(wish, book)
        self._shelf.put(written)
        data = LedgerExported(
            compound=wish.compound,
            month=wish.month,
            position=one.position,
            revision=one.revision,
            format=wish.form,
            sha256=digest(written),
            lines=len(book.lines),
            actor=account.name,
            language="zh" if wish.form == "json" else wish.language,
            content=one.content,
        )
        event = event_of(
            wish.compound,
            f"compound/{wish.compound}",
            data,
            rfc3339(self._desk.clock.now()),
            f"ledger:{wish.compound}:{wish.month}:{one.revision}:{_format(wish)}",
        )
        self._standing.append(wish.compound, _about(wish), event)
        return _as(one, written, "first")

    def _numbered(
        self, wish: Wish, found: list[Exported], one: Exported, *, anew: bool = False
    ) -> Ledger:
        """A revision as it is printed: with its number, and what it says otherwise than the one
        before. `anew`: from the log and from nothing that was kept."""
        at = found.index(one)
        book = self._content(wish, one, anew=anew)
        if not anew and digest(_said(book)) != one.content:
            raise HTTPException(409, _judged_otherwise(wish, one))
        before = self._content(wish, found[at - 1], anew=anew) if at else None
        return msgspec.structs.replace(
            book,
            revision=one.revision,
            position=one.position,
            changes=changes(before, book) if before else (),
        )

    def _content(self, wish: Wish, one: Exported, *, anew: bool) -> Ledger:
        held = None if anew else self._shelf.get(one.content)
        if held is not None:
            return msgspec.json.decode(held, type=Ledger)
        kinds = self._desk.runner.view(VIEW).as_of(DISTRICT, one.position)
        return ledger(kinds, wish.compound, wish.month)

    def _rows(self) -> tuple[int, Kinds]:
        return self._desk.runner.rows(VIEW, DISTRICT)

    def _write(self, wish: Wish, book: Ledger) -> bytes:
        if wish.form == "json":
            return msgspec.json.encode(book)
        write = self._desk.writers.get(wish.form)
        if write is None:
            raise HTTPException(503, f"This hub writes no {wish.form}; ask for json.")
        return write(book, wish.language)


def _as(one: Exported, content: bytes, made: Literal["first", "kept", "again"]) -> Copy:
    return Copy(
        content=content,
        revision=one.revision,
        position=one.position,
        sha256=digest(content),
        made=made,
    )


def _said(book: Ledger) -> bytes:
    """What every format of a revision says, whatever its number."""
    return msgspec.json.encode(book)


def _about(wish: Wish) -> str:
    return f"ledger/{wish.month}"


def _format(wish: Wish) -> str:
    return format_of(wish.form, wish.language)


def _nothing(wish: Wish) -> str:
    return f"Nothing is known of what left {wish.compound} in {wish.month}."


def _too_old(wish: Wish, found: list[Exported]) -> str:
    """Rows of a month that is partly gone would look like a month with less in it."""
    has = f"; it has revisions 1 to {len(found)}" if found else ""
    return f"{wish.month} is longer ago than the {kept.KEPT_DAYS} days of the view{has}."


def _no_such_revision(wish: Wish, found: list[Exported]) -> str:
    if not found:
        return f"The ledger of {wish.compound} for {wish.month} was never exported."
    return f"The ledger of {wish.compound} for {wish.month} has revisions 1 to {len(found)}."


def _judged_otherwise(wish: Wish, one: Exported) -> str:
    return (
        f"Revision {one.revision} is not out as {_format(wish)}, and this version of the program "
        "reads the same log otherwise, so that it can not be made any more: ask for one of "
        f"{', '.join(sorted(one.formats))}, or for a new revision with revised=true."
    )


def _otherwise(wish: Wish, one: Exported, told: str, now: str) -> str:
    other = "" if wish.form == "json" else " or for json"
    return (
        f"Revision {one.revision} left as {_format(wish)} with SHA-256 {told}. Its file is gone, "
        f"and this version of the program writes {now} from the same log: put the file back from "
        f"a backup of the hub's folder `ledgers`, or ask for a new revision{other}."
    )
