"""A ledger as PDF/A-2b, which archives take. Equal sheets give equal bytes: fonts come with us, the
machine's own are not looked at, and the date is the last day of the ledger's month."""

from pathlib import Path

import msgspec
import pylopdf_fonts_zh_cn
import typst

from projections.console.ledger_sheet import Cell, Column, Sheet, Table, kilograms

_TEMPLATE = Path(__file__).with_name("ledger.typ")


def write(sheet: Sheet) -> bytes:
    """Words go in as data: whatever they hold, they are set as text and never as markup."""
    told = {
        "language": sheet.language,
        "date": [int(part) for part in sheet.last_day.split("-")],
        "title": sheet.title,
        "facts": sheet.facts,
        "tables": [_table(one) for one in (sheet.totals, sheet.lines, sheet.changes) if one.rows],
        "note": sheet.note,
        "signed": sheet.signed,
        "page": sheet.page,
    }
    return typst.compile(
        _TEMPLATE,
        font_paths=[pylopdf_fonts_zh_cn.sans_path().parent],
        ignore_system_fonts=True,
        sys_inputs={"sheet": msgspec.json.encode(told).decode()},
        format="pdf",
        pdf_standards="a-2b",
    )


def _table(table: Table) -> dict[str, object]:
    return {
        "title": table.title,
        "columns": [{"title": one.title, "holds": one.holds} for one in table.columns],
        "rows": [
            [_cell(*pair) for pair in zip(table.columns, row, strict=True)] for row in table.rows
        ],
    }


def _cell(column: Column, cell: Cell) -> str:
    return kilograms(cell) if isinstance(cell, int) and column.holds == "kg" else str(cell)
