"""How long something stored is under no witness's signature: from the log's head as the hub tells
it until the quorum cosigned a checkpoint over it, on a running box with its witness beside."""

import time
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from tests.bench.box import RunningBox
from tests.bench.context import Context
from tests.bench.table import Result, at, spread

_LIMIT_S = 60.0
_LIMIT_MB = 64.0
_SECONDS = 120.0
_LOOK = 0.1  # seconds
_HEAD, _WITNESSED = "menwei_log_head", "menwei_tlog_witnessed"


def measure(context: Context) -> list[Result]:
    box = RunningBox(context.part("witnessed") / "data", "--witness")
    try:
        box.wait_ready()
        tails = _tails(box, _SECONDS * context.size)
        resident = box.resident_mb()["witness"]
    finally:
        box.stop()
    command = context.command("witnessed")
    return [
        Result(
            f"stored → cosigned, {len(tails)} positions of a simulated compound, p50 / max",
            f"{at(tails, 0.5):.1f} / {max(tails):.1f} s",
            f"≤ {_LIMIT_S:g} s",
            max(tails) <= _LIMIT_S,
            command=command,
        ),
        Result(
            "resident, witness",
            spread([resident], " MB", 0),
            f"≤ {_LIMIT_MB:g} MB",
            resident <= _LIMIT_MB,
            command=command,
        ),
    ]


def _tails(box: RunningBox, seconds: float) -> list[float]:
    """Seconds of each position, as far as it was cosigned; those still open count as they are."""
    waiting: dict[int, float] = {}
    found: list[float] = []
    until = time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        figures = _figures(box)
        head, witnessed = (int(figures.get(name, 0)) for name in (_HEAD, _WITNESSED))
        waiting.setdefault(head, now)
        covered = [one for one in waiting if one <= witnessed]
        found += [now - waiting.pop(position) for position in covered]
        time.sleep(_LOOK)
    return found + [now - since for since in waiting.values()]


def _figures(box: RunningBox) -> dict[str, float]:
    with urllib.request.urlopen(f"{box.url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in (_HEAD, _WITNESSED)
    }
