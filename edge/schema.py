"""The columns a journal file must have. SQLite reads names of columns from text in the file, where
one flipped bit is found by the first statement that needs the column and by nothing before."""

from eventsourcing.sqlite import SQLiteCursor

_COLUMNS = {
    "stored_events": "originator_id, originator_version, topic, state",
    "meta": "name, value",
    "lanes": "journal, epoch, lane, receipt, pruned, carried, closed, sum",
    "refused": "reason, lane, kind, count, since, until",
    "records": "source, counter, used, open, state",
    "known": "key, digest",
    "ages": "n, day, keys",
    "places": "v",
    "gate": "name, value, sum",
    "decisions": "n, value, sum",
    "orders": "id, n, sum",
}


def probe(c: SQLiteCursor) -> None:
    """Raises what SQLite raises when one is missing."""
    for table, columns in _COLUMNS.items():
        c.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608 - names above
