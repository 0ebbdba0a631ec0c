"""A ledger's lines as CSV: UTF-8 with its mark, so that Excel reads it as such; CRLF, RFC 4180."""

import csv
import io

from infra.spreadsheet import harmless
from projections.console.ledger_sheet import Cell, Column, Sheet, kilograms

_MARK = "\ufeff"


def write(sheet: Sheet) -> bytes:
    columns = sheet.lines.columns
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow([harmless(one.title) for one in columns])
    for row in (*sheet.lines.rows, *sheet.gone):
        out.writerow([_cell(*pair) for pair in zip(columns, row, strict=True)])
    return (_MARK + text.getvalue()).encode()


def _cell(column: Column, cell: Cell) -> str:
    if isinstance(cell, str):
        return harmless(cell)
    return kilograms(cell) if column.holds == "kg" else str(cell)
