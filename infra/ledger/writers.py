"""Which formats a ledger is written in."""

from collections.abc import Callable, Mapping

from infra.ledger import csv, pdf, xlsx
from projections.console.ledger_sheet import Sheet, sheet
from projections.console.texts import Language, Words
from projections.waste_district.asked.ledger import Ledger


def _through(write: Callable[[Sheet], bytes]) -> Callable[[Ledger, Language], bytes]:
    return lambda ledger, language: write(sheet(ledger, Words(language)))


WRITERS: Mapping[str, Callable[[Ledger, Language], bytes]] = {
    "csv": _through(csv.write),
    "xlsx": _through(xlsx.write),
    "pdf": _through(pdf.write),
}
