"""What people did with the district's papers: ledgers handed out, history taken in, vehicles sent
for bins that were missed."""

import msgspec

from core.event import Recorded
from core.events.custody import CatchUpDispatched, HistoryImported, LedgerExported
from projections.view import Rows
from projections.waste_district.rows.papers import Dispatch, Export, Import


def record(rows: Rows, item: Recorded) -> None:
    match item.event.data:
        case LedgerExported():
            _exported(rows, item.event.data)
        case CatchUpDispatched():
            _dispatched(rows, item, item.event.data)
        case HistoryImported():
            _imported(rows, item, item.event.data)


def export_key(compound: str, month: str) -> str:
    return f"{compound}|{month}"


def dispatch_key(route: str, day: str) -> str:
    return f"{route}|{day}"


def format_of(form: str, language: str) -> str:
    """As `Export` names it; what a machine reads is of no language."""
    return form if language == "zh" or form == "json" else f"{language}.{form}"


def _exported(rows: Rows, data: LedgerExported) -> None:
    key = export_key(data.compound, data.month)
    found = rows.get("export", key, Export) or Export()
    told = (data.revision, data.position, format_of(data.format, data.language), data.sha256)
    contents = {**found.contents, str(data.revision): data.content}
    rows.put(
        "export",
        key,
        Export(
            exports=tuple(sorted({*found.exports, told})), contents=dict(sorted(contents.items()))
        ),
    )


def _dispatched(rows: Rows, item: Recorded, data: CatchUpDispatched) -> None:
    """Who was sent last catches up with the route; the bins of all who were sent are seen to."""
    key = dispatch_key(item.event.subject.removeprefix("route/"), data.day)
    found = rows.get("dispatch", key, Dispatch)
    bins = tuple(sorted({*data.bins, *(found.bins if found else ())}))
    if found is not None and (found.at, found.vehicle) > (item.moment.at, data.vehicle):
        row = msgspec.structs.replace(found, bins=bins)
    else:
        row = Dispatch(vehicle=data.vehicle, bins=bins, actor=data.actor, at=item.moment.at)
    rows.put("dispatch", key, row)


def _imported(rows: Rows, item: Recorded, data: HistoryImported) -> None:
    """The same file again is the same row: its events were duplicates, its first report stands."""
    found = rows.get("import", data.sha256, Import)
    if found is None or item.moment.at < found.at:
        row = Import(
            file=data.file,
            rows=data.rows,
            events=data.events,
            aside=data.aside,
            first=data.first,
            last=data.last,
            actor=data.actor,
            at=item.moment.at,
        )
        rows.put("import", data.sha256, row)
