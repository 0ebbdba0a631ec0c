"""A district's month as a running box took it in: made once a run, for all who measure on it."""

import subprocess
import sys
import time
from contextlib import closing
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import msgspec

from infra.hub_api import HubApi
from infra.simulate.district.month import Wish, generate
from tests.bench import parts
from tests.bench.box import RunningBox
from tests.bench.context import Context
from tests.bench.parts import Place
from tests.bench.timing import Run, measured

COMPOUNDS, DAYS, START = 152, 30, date(2026, 10, 1)
_EVENTS_A_DAY = 76_300  # of all compounds
_PATIENCE_S = 3600.0


class Month(msgspec.Struct, frozen=True):
    """`data`: of a box that has stopped. `last`: its last day. `spent`: until its screens showed
    all of it."""

    files: Path
    data: Path
    password: str
    compounds: int
    last: date
    events: int
    spent: Run


def month(context: Context) -> Month:
    return _month(context.folder, context.seed, context.size)


@cache
def _month(folder: Path, seed: int, size: float) -> Month:
    """The register is published and the month imported while the box runs."""
    room = folder / "district"
    room.mkdir()
    compounds, days = max(6, round(COMPOUNDS * size)), max(7, round(DAYS * size))
    wish = Wish(out=room / "month", seed=seed, compounds=compounds, days=days, start=START)
    made = generate(wish)
    events = made.register + sum(made.messages.values())
    box = RunningBox(room / "data", "--compounds", "1", "--no-simulate")
    try:
        password = box.wait_ready()
        menwei("register", "publish", str(wish.out / "register.jsonl"), "--data", str(box.data))
        with measured(events) as spent:
            take_in(box.data, *sorted(wish.out.glob("messages-*.jsonl")))
    finally:
        box.stop()
    last = START + timedelta(days - 1)
    return Month(wish.out, box.data, password, compounds, last, events, spent)


def long(context: Context, events: int) -> Month:
    """As many days as make so many events, imported while no box runs and then folded on every
    core: who measures on it asks for nothing but log and views."""
    room = context.part("long")
    days = max(2, round(events / _EVENTS_A_DAY))
    wish = Wish(out=room / "days", seed=context.seed, compounds=COMPOUNDS, days=days, start=START)
    made = generate(wish)
    events = made.register + sum(made.messages.values())
    box = RunningBox(room / "data", "--compounds", "1", "--no-simulate")
    try:
        password = box.wait_ready()
        menwei("register", "publish", str(wish.out / "register.jsonl"), "--data", str(box.data))
    finally:
        box.stop()
    files = map(str, sorted(wish.out.glob("messages-*.jsonl")))
    with measured(events) as spent:
        menwei("import", *files, "--data", str(box.data), codes=(0, 1))
        for one in (box.data / "hub").glob("views.db*"):
            one.unlink()
        menwei("rebuild", "--data", str(box.data))
    last = START + timedelta(days - 1)
    return Month(wish.out, box.data, password, COMPOUNDS, last, events, spent)


def take_in(data: Path, *files: Path) -> None:
    """Until the screens show it."""
    # 1: rows were set aside, as the generator's impossible weights must be.
    menwei("import", *map(str, files), "--data", str(data), codes=(0, 1))
    with closing(parts.log_of(Place(str(data / "hub")))) as log:
        head = log.head()
    hub = HubApi(data)
    until = time.monotonic() + _PATIENCE_S
    while any(one["position"] < head for one in hub.json("viewer", "GET", "views")["views"]):
        if time.monotonic() > until:
            raise RuntimeError(f"the views do not come to position {head}")
        time.sleep(0.2)


def menwei(*arguments: str, codes: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode not in codes:
        raise RuntimeError(f"{' '.join(arguments[:2])}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
