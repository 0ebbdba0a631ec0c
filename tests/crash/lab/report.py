"""The summary: a table on the terminal and the same as Markdown."""

import platform
import sqlite3
import statistics
from collections.abc import Mapping, Sequence

import apsw
from rich.console import Console
from rich.table import Table

from tests.crash.lab.tally import Campaign, Tally

_HEADS = ("campaign", "trials", "failures", "figures", "minutes")


def rows(
    campaigns: Sequence[Campaign], tallies: Mapping[str, Tally]
) -> list[tuple[str, str, str, str, str]]:
    return [_row(one, tallies[one.name]) for one in campaigns if one.name in tallies]


def _row(campaign: Campaign, tally: Tally) -> tuple[str, str, str, str, str]:
    failures = f"{tally.failed:,}"
    if campaign.control:
        failures = "seen" if tally.failed else "NOT SEEN"
    figures = [
        f"{name} p50 {statistics.median(values):.3g}, max {max(values):.3g}"
        for name, values in tally.figures.items()
    ]
    figures += [f"{name} {number:,}" for name, number in sorted(tally.counts.items())]
    title = f"control: {campaign.title}" if campaign.control else campaign.title
    return (
        title, f"{tally.trials:,}", failures, "; ".join(figures), f"{tally.seconds / 60:.1f}",
    )  # fmt: skip


def failed(campaigns: Sequence[Campaign], tallies: Mapping[str, Tally]) -> list[str]:
    """What did not hold, in words; a control that saw nothing is a failure of the laboratory."""
    found: list[str] = []
    for campaign in campaigns:
        tally = tallies.get(campaign.name)
        if tally is None:
            continue
        if campaign.control and not tally.failed:
            found.append(f"{campaign.name}: the control lost nothing that was seen")
        elif not campaign.control:
            found += [f"{campaign.name}: {one}" for one in tally.failures]
            hidden = tally.failed - len(tally.failures)
            if hidden:
                found.append(f"{campaign.name}: and {hidden:,} more")
    return found


def show(console: Console, found: Sequence[tuple[str, str, str, str, str]]) -> None:
    table = Table(*_HEADS, title="Fault laboratory")
    for row in found:
        table.add_row(*row)
    console.print(table)


def markdown(
    found: Sequence[tuple[str, str, str, str, str]],
    wrong: Sequence[str],
    skipped: Sequence[str],
    command: str,
) -> str:
    lines = [
        "# The fault laboratory's last long run",
        "",
        "Repeat it with:",
        "",
        f"    {command}",
        "",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version} opens, "
        f"SQLite {apsw.sqlite_lib_version()} records, {platform.system()} {platform.machine()}. "
        "Minutes are of one process; two run side by side.",
        "",
        f"| {' | '.join(_HEADS)} |",
        "|---|---:|---:|---|---:|",
        *(f"| {' | '.join(row)} |" for row in found),
        "",
    ]
    for head, words in (("Failures", wrong), ("Skipped", skipped)):
        if words:
            lines += [f"## {head}", "", *(f"- {' '.join(one.split())}" for one in words), ""]
    return "\n".join(lines)
