"""Rows that were set aside, back in people's hands: a file beside which to correct them, and which
is imported like any other. It holds what the rows hold, plates and names among it, in the clear:
only its owner may read it."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path

import msgspec

from core import durable
from core.errors import EnvironmentFault
from infra.importing.aside import REPEATED, Aside
from infra.importing.file import File
from infra.importing.records import cells
from infra.importing.tables import Found
from infra.spreadsheet import harmless

Meaning = Callable[[str], Mapping[str, str]]  # of a reason, by language
# Before the columns of the table, so that a row with too many cells shows where they are.
_HEAD = ("行 Row", "另一行 Other row", "搁置原因 Set aside for", "细节 Detail", "说明", "Remedy")
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]*", re.ASCII)


def write(folder: Path, file: File, meaning: Meaning) -> Path | None:
    """Where they stand now; nothing if there are none to be corrected."""
    wrong = {one.row: one for one in file.aside if one.reason != REPEATED}
    if not wrong:
        return None
    found = file.table()
    made = _table(file, found, wrong, meaning) if found else _messages(file, wrong)
    # Two files may have one name.
    name = f"{file.path.stem}-{file.sniffed.sha256[:8]}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _free(folder, name, ".aside.csv" if found else ".aside.jsonl", made)
        path.with_name(path.name + ".new").unlink(missing_ok=True)  # its mode may be another
        durable.put(path, made, 0o600)
    except OSError as error:
        raise EnvironmentFault(
            f"{folder}: {name} cannot be written ({error.strerror}). Make room, or name another "
            "folder with --aside."
        ) from error
    return path


def _free(folder: Path, name: str, suffix: str, made: bytes) -> Path:
    """Where nothing stands, or the same: what differs somebody may have begun to correct."""
    every = (folder / f"{name}{more}{suffix}" for more in chain(("",), map("-{}".format, count(2))))
    return next(one for one in every if not one.exists() or one.read_bytes() == made)


def _table(file: File, found: Found, wrong: Mapping[int, Aside], meaning: Meaning) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*_HEAD, *map(harmless, found.cells)])
    for one, raw in _raw(file, wrong):
        try:
            told = cells(raw.decode("utf-8", "replace"), found.delimiter)
        except csv.Error:
            told = [raw.decode("utf-8", "replace")]
        other = str(one.other) if one.other else ""
        why = (one.reason, one.detail, *meaning(one.reason).values())
        # An import takes the mark off again, like any that a spreadsheet sets.
        writer.writerow([str(one.row), other, *why, *map(_shown, told)])
    return text.getvalue().encode("utf-8-sig")  # by the mark spreadsheets know it


def _shown(cell: str) -> str:
    """A number is corrected as one."""
    return cell if _NUMBER.fullmatch(cell) else harmless(cell)


def _messages(file: File, wrong: Mapping[int, Aside]) -> bytes:
    """Each with a key more, which an import does not ask for."""
    lines: list[bytes] = []
    for one, raw in _raw(file, wrong):
        line = raw.strip()
        if line[:1] == b"{":
            rest = line[1:].lstrip()
            comma = b"" if rest[:1] == b"}" else b","
            line = b'{"aside":' + msgspec.json.encode(one) + comma + rest
        lines.append(line)
    return b"\n".join(lines) + b"\n"


def _raw(file: File, wrong: Mapping[int, Aside]) -> Iterator[tuple[Aside, bytes]]:
    for block in file.rows():
        for row, line in enumerate(block.lines, block.first):
            if row in wrong:
                yield wrong[row], line
