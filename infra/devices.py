"""`menwei devices`: what is supported, as a table or as docs/devices.md."""

from rich.console import Console
from rich.table import Table

from devices import support


def markdown() -> str:
    return support.markdown(support.kinds())


def show(console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in support.HEADS:
        table.add_column(head, overflow="fold")
    for row in support.rows(support.kinds()):
        table.add_row(*row)
    console.print(table)
