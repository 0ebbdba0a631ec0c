"""How long a dispatcher waits for the district's board: from asking for it until every compound is
drawn, in a real browser, on a running box that holds a district of full size."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import Page

from core.clock import parse_rfc3339
from projections.window import day
from tests.bench import browser, district
from tests.bench.box import RunningBox
from tests.bench.context import Context
from tests.bench.district import Month
from tests.bench.table import Result, at, spread

_LIMIT_MS = 2000.0
_PATIENCE_MS = 60_000

# When the last compound's mark was there and could be painted.
_WATCH = """
new MutationObserver(() => {
  if (!window.board && document.querySelectorAll('.compoundmark').length >= COMPOUNDS)
    requestAnimationFrame(() => { window.board ??= performance.now(); });
}).observe(document, { subtree: true, childList: true });
"""
_PAINTED = "window.board > 0"


def measure(context: Context) -> list[Result]:
    month = district.month(context)
    folder = context.part("board")
    shutil.copytree(month.data, folder / "data")  # what others measure on stays as it is
    told = folder / "today.jsonl"
    with told.open("w", encoding="utf-8") as lines:
        lines.writelines(_today(month, datetime.now(UTC)))
    box = RunningBox(folder / "data", "--compounds", "1", "--no-simulate")
    try:
        box.wait_listening()
        district.take_in(box.data, told)
        with browser.duty_desk(box.url, month.password) as page:
            page.add_init_script(_WATCH.replace("COMPOUNDS", str(month.compounds)))
            page.goto(f"{box.url}/district")
            page.wait_for_function(_PAINTED, timeout=_PATIENCE_MS)
            took = [_again(page) for _ in range(context.repeats)]
    finally:
        box.stop()
    return [
        Result(
            f"board of {month.compounds} compounds over a month of {month.events:,} events, "
            "first paint",
            spread(took, " ms", 0),
            f"≤ {_LIMIT_MS:g} ms",
            at(took, 0.5) <= _LIMIT_MS,
            command=context.command("board"),
        )
    ]


def _again(page: Page) -> float:
    """Milliseconds of a whole reload."""
    page.reload()
    page.wait_for_function(_PAINTED, timeout=_PATIENCE_MS)
    found: float = page.evaluate("window.board")
    return found


def _today(month: Month, now: datetime) -> Iterator[str]:
    """The month's last two days once more, as yesterday and today up to now: the board then has
    routes in every state."""
    apart = date.fromisoformat(day(now)) - month.last
    wanted = {(month.last - timedelta(back)).isoformat() for back in (0, 1)}
    # The later ones first, so that none is moved twice; times of arrival are told in UTC.
    dates = [month.last - timedelta(back) for back in (-1, 0, 1, 2)]
    for one in sorted(wanted):
        with (month.files / f"messages-{one}.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                if json.loads(line)["payload"]["time"][:10] not in wanted:
                    continue  # a late file's
                moved = line.replace('"id":"', '"id":"again-')
                for was in dates:
                    becomes = was + apart
                    moved = moved.replace(was.isoformat(), becomes.isoformat())
                    moved = moved.replace(f"{was:%Y%m%d}", f"{becomes:%Y%m%d}")  # tickets' numbers
                if parse_rfc3339(json.loads(moved)["time"]) <= now:
                    yield moved
