"""A report for people, in both languages, and as JSON for machines."""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core import durable
from core.errors import EnvironmentFault
from infra.importing.report import Report
from projections.console.texts import LANGUAGES, Words

_WORDS = {language: Words(language) for language in LANGUAGES}
_GROUP = "importReason"
_FEW = 3  # files that are each shown whole
_LISTED = 20  # rows set aside that are printed; the report has more
_STEERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # a terminal: all controls but line ends


def told(reason: str) -> dict[str, str]:
    """What a reason means and what helps, by language; an adapter's own word stands as it is."""
    return {language: words.named(_GROUP, reason) for language, words in _WORDS.items()}


def write(path: Path, reports: Sequence[Report]) -> None:
    """One JSON object a line and file."""
    lines = [msgspec.json.encode(_object(one)) for one in reports]
    try:
        durable.put(path, b"\n".join(lines) + b"\n")
    except OSError as error:
        raise EnvironmentFault(f"{path}: cannot be written ({error.strerror}).") from error


def _object(report: Report) -> Mapping[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(report)
    used = {one.reason for one in report.rows_aside} | set(report.by_reason)
    if report.refused:
        used.add(report.refused)
    shown["reasons"] = {reason: told(reason) for reason in sorted(used)}
    return shown


def show(reports: Sequence[Report], written: Sequence[Path], console: Console) -> None:
    """`written`: where rows are to be corrected."""
    if len(reports) > _FEW:
        _summary(reports, console)
    else:
        for one in reports:
            table = Table(title=_text(one.file), show_header=False, title_justify="left")
            table.add_column()
            table.add_column(overflow="fold")
            for name, value in _lines(one):
                table.add_row(_both(name), _text(value))
            console.print(table)
    reasons: Counter[str] = Counter()
    for one in reports:
        reasons.update(one.by_reason)
    if reasons:
        _reasons(reasons, console)
        _rows(reports, console)
    for path in written:
        name = os.fsencode(path).decode("utf-8", "replace")  # it may be in another encoding
        console.print(_text(_both("correct") + f": {name}"))


def _summary(reports: Sequence[Report], console: Console) -> None:
    table = _titled("file", "events", "aside", "duration", "result")
    for one in reports:
        table.add_row(
            _text(one.file), f"{one.events:,}", f"{one.aside:,}", _seconds(one), _text(_result(one))
        )
    events, aside = sum(one.events for one in reports), sum(one.aside for one in reports)
    table.add_section()
    table.add_row(str(len(reports)), f"{events:,}", f"{aside:,}", "", "")
    console.print(table)


def _lines(report: Report) -> list[tuple[str, str]]:
    lines = [("result", _result(report))]
    if report.sha256:
        lines.append(("sha256", report.sha256))
    if report.refused:
        return lines
    if report.columns:
        lines.append(("columns", ", ".join(f"{a} ← {b}" for a, b in report.columns.items())))
    if report.unread:
        lines.append(("unread", ", ".join(report.unread)))
    lines += [
        ("encoding", f"{report.encoding}, {_kinds(report)}"),
        ("rows", f"{report.rows:,}"),
        ("events", f"{report.events:,}"),
        ("aside", f"{report.aside:,}"),
        ("times", f"{report.first} … {report.last}"),
        ("duration", _seconds(report)),
    ]
    return lines + [(name, f"{count:,}") for name, count in report.by_type.items()]


def _kinds(report: Report) -> str:
    if len(report.kinds) < 2:
        return report.kind
    return ", ".join(f"{kind} {count:,}" for kind, count in report.kinds.items())


def _result(report: Report) -> str:
    if report.refused:
        detail = f" ({report.detail})" if report.detail else ""
        return " / ".join(told(report.refused).values()) + detail
    if report.already:
        return _both("already")
    if report.dry_run:
        return _both("dry")
    return _both("imported" if report.events else "nothing")


def _reasons(reasons: Counter[str], console: Console) -> None:
    table = _titled("reason", "count", "meaning")
    for reason, count in reasons.most_common():
        table.add_row(reason, f"{count:,}", "\n".join(told(reason).values()))
    console.print(table)


def _rows(reports: Sequence[Report], console: Console) -> None:
    table = _titled("file", "row", "other", "reason", "detail")
    every = [(report, one) for report in reports for one in report.rows_aside]
    for report, one in every[:_LISTED]:
        other = str(one.other) if one.other else ""
        table.add_row(_text(report.file), str(one.row), other, one.reason, _text(one.detail))
    console.print(table)
    more = sum(report.aside for report in reports) - min(len(every), _LISTED)
    if more:
        console.print(_text(_both("more") + f": {more:,}"))


def _titled(*names: str) -> Table:
    """In a narrow window a name goes on in the next line: with its end cut off it is no name."""
    table = Table()
    for name in names:
        table.add_column(_both(name), overflow="fold")
    return table


def _seconds(report: Report) -> str:
    return f"{report.duration_s:.1f} s"


def _text(said: str) -> Text:
    """Files and their columns are called what a stranger likes."""
    return Text(_STEERS.sub("\N{REPLACEMENT CHARACTER}", said))


def _both(name: str) -> str:
    """A type's name is nobody's word."""
    if "." in name:
        return name
    return " / ".join(words(f"import.{name}") for words in _WORDS.values())
