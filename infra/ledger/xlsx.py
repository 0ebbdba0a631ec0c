"""A ledger as a workbook: summary, lines, differences. Equal sheets give equal bytes: the only time
in the file is the last day of the ledger's month."""

import io
from datetime import UTC, datetime
from decimal import Decimal

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from projections.console.ledger_sheet import Sheet, Table

_WIDTHS = {"text": 24, "word": 13, "kg": 14, "count": 8}


def write(sheet: Sheet) -> bytes:
    made = io.BytesIO()
    # Nothing a text begins with may become a formula or a link, and nothing goes by the disk.
    book = xlsxwriter.Workbook(
        made,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties(
        {
            "title": sheet.title,
            "created": datetime.fromisoformat(sheet.last_day).replace(tzinfo=UTC),
        }
    )
    formats = {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"valign": "top"}),
        "word": book.add_format({"valign": "top"}),
        "kg": book.add_format({"num_format": "#,##0.000", "valign": "top"}),
        "count": book.add_format({"num_format": "0", "valign": "top"}),
    }
    for table in sheet.tables or (sheet.totals,):
        page = book.add_worksheet(table.title[:31])
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.set_footer("&P / &N")
        row = _head(page, sheet, formats)
        _table(page, row, table, formats)
    book.close()
    return made.getvalue()


def _head(page: Worksheet, sheet: Sheet, formats: dict[str, Format]) -> int:
    """The row below it."""
    page.write_string(0, 0, sheet.title, formats["title"])
    for number, (label, value) in enumerate(sheet.facts, 1):
        page.write_string(number, 0, label, formats["text"])
        page.write_string(number, 1, value, formats["text"])
    below = len(sheet.facts) + 1
    page.write_string(below, 0, sheet.note, formats["text"])
    return below + 2


def _table(page: Worksheet, top: int, table: Table, formats: dict[str, Format]) -> None:
    for at, column in enumerate(table.columns):
        page.set_column(at, at, _WIDTHS[column.holds])
        page.write_string(top, at, column.title, formats["head"])
    for down, row in enumerate(table.rows, top + 1):
        for at, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            if isinstance(cell, str):
                page.write_string(down, at, cell, formats[column.holds])
            else:
                # A float would be written with all the digits that it has.
                number = Decimal(cell).scaleb(-3) if column.holds == "kg" else cell
                page.write_number(down, at, number, formats[column.holds])
    page.repeat_rows(top)
    page.freeze_panes(top + 1, 0)
