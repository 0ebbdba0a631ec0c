"""How long a dispatcher waits for the district's board: from asking for it until every compound is
drawn, in a real browser, on a running box that holds a district of full size."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page

from core.clock import parse_rfc3339
from infra.simulate.district.month import Wish, generate
from projections.window import day
from tests.bench import browser
from tests.bench.box import RunningBox
from tests.bench.context import Context
from tests.bench.table import Result, at, spread

_COMPOUNDS = 152
_LIMIT_MS = 2000.0
_PATIENCE_MS = 60_000
_PATIENCE_S = 600

# When the last compound's mark was there and could be painted.
_WATCH = """
new MutationObserver(() => {
  if (!window.board && document.querySelectorAll('.compoundmark').length >= COMPOUNDS)
    requestAnimationFrame(() => { window.board ??= performance.now(); });
}).observe(document, { subtree: true, childList: true });
"""
_PAINTED = "window.board > 0"


def measure(context: Context) -> list[Result]:
    compounds = max(3, round(_COMPOUNDS * context.size))
    folder = context.part("board")
    box = RunningBox(folder / "data", "--compounds", "1", "--no-simulate")
    try:
        password = box.wait_ready()
        bins = _furnish(box, folder, compounds, context.seed)
        with browser.duty_desk(box.url, password) as page:
            page.add_init_script(_WATCH.replace("COMPOUNDS", str(compounds)))
            page.goto(f"{box.url}/district")
            page.wait_for_function(_PAINTED, timeout=_PATIENCE_MS)
            took = [_again(page) for _ in range(context.repeats)]
    finally:
        box.stop()
    return [
        Result(
            f"board of {compounds} compounds with {bins:,} bins, first paint",
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


def _furnish(box: RunningBox, folder: Path, compounds: int, seed: int) -> int:
    """Yesterday, and today up to now: the board then has routes in every state. How many bins."""
    now = datetime.now(UTC)
    out = folder / "district"
    start = datetime.fromisoformat(day(now - timedelta(days=1))).date()
    generate(Wish(out=out, seed=seed, compounds=compounds, days=2, start=start))
    told = folder / "told.jsonl"
    with told.open("w", encoding="utf-8") as lines:
        lines.writelines(_until(now, out))
    _menwei("register", "publish", "--data", str(box.data), str(out / "register.jsonl"))
    _menwei("import", "--data", str(box.data), str(told), codes=(0, 1))
    with (out / "register.jsonl").open(encoding="utf-8") as entries:
        return sum(json.loads(one)["kind"] == "bin" for one in entries)


def _until(now: datetime, out: Path) -> Iterator[str]:
    for path in sorted(out.glob("messages-*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if parse_rfc3339(json.loads(line)["time"]) <= now:
                    yield line


def _menwei(*arguments: str, codes: tuple[int, ...] = (0,)) -> None:
    """`codes`: 1 where rows may be set aside, as some of the generator's have to be."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode not in codes:
        raise RuntimeError(f"{' '.join(arguments[:2])}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
