"""A ledger as PDF/A-2b, which archives take. Equal sheets give equal bytes: fonts come with us, the
machine's own are not looked at, and the date is the last day of the ledger's month."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pylopdf_fonts_zh_cn
import typst

from infra.ledger.glyphs import Glyphs
from projections.console.ledger_sheet import Cell, Column, Sheet, Table, kilograms

_TEMPLATE = Path(__file__).with_name("ledger.typ")
_FONT = pylopdf_fonts_zh_cn.sans_path()
# A ticket number of sixty signs would push all else off the page: a column with a longer word than
# this gets its share of the page like any text, and the word may be broken.
_WORD = 24
_LONG = re.compile(rf"[!-,.0-~]{{{_WORD + 1},}}")
_PIECE = re.compile(".{8}(?=.)")


def write(sheet: Sheet) -> bytes:
    return typst.compile(
        _TEMPLATE,
        font_paths=[_FONT.parent],
        ignore_system_fonts=True,
        sys_inputs={"sheet": msgspec.json.encode(laid_out(sheet)).decode()},
        format="pdf",
        pdf_standards="a-2b",
    )


def laid_out(sheet: Sheet) -> dict[str, Any]:
    """For the template. Words go in as data: whatever they hold, they are set as text and never as
    markup, and what the font has no sign for by its number."""
    glyphs = Glyphs(_FONT)

    def said(text: str) -> str:
        return _LONG.sub(lambda word: _PIECE.sub("\\g<0>\u200b", word[0]), glyphs.shown(text))

    return {
        "language": sheet.language,
        "date": [int(part) for part in sheet.last_day.split("-")],
        "title": sheet.title,
        "facts": [(label, said(value)) for label, value in sheet.facts],
        "tables": [_table(one, said) for one in sheet.tables],
        "note": sheet.note,
        "signed": sheet.signed,
        "page": sheet.page,
    }


def _table(table: Table, said: Callable[[str], str]) -> dict[str, object]:
    rows = [
        [said(_cell(*pair)) for pair in zip(table.columns, row, strict=True)] for row in table.rows
    ]
    return {
        "title": table.title,
        "columns": [
            {
                "title": one.title,
                "wide": one.holds == "text" or max(len(row[at]) for row in rows) > _WORD,
                "right": one.holds in ("kg", "count"),
            }
            for at, one in enumerate(table.columns)
        ],
        "rows": rows,
    }


def _cell(column: Column, cell: Cell) -> str:
    return kilograms(cell) if isinstance(cell, int) and column.holds == "kg" else str(cell)
