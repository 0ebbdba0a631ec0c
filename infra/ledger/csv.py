"""A ledger's lines as CSV: UTF-8 with its mark, so that Excel reads it as such; CRLF, RFC 4180."""

import csv
import io

from projections.console.ledger_sheet import Cell, Column, Sheet, kilograms

_MARK = "\ufeff"
# A cell that begins so is run as a formula by the programs people open such files with; where
# Chinese is typed, by their full-width forms as well.
_ACTIVE = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def write(sheet: Sheet) -> bytes:
    columns = sheet.lines.columns
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow([harmless(one.title) for one in columns])
    for row in (*sheet.lines.rows, *sheet.gone):
        out.writerow([_cell(*pair) for pair in zip(columns, row, strict=True)])
    return (_MARK + text.getvalue()).encode()


def harmless(text: str) -> str:
    """What would be run as a formula is shown as the text it is."""
    return f"'{text}" if text.startswith(_ACTIVE) else text


def _cell(column: Column, cell: Cell) -> str:
    if isinstance(cell, str):
        return harmless(cell)
    return kilograms(cell) if column.holds == "kg" else str(cell)
