"""From the gate to the guard: a forced door as an alarm on the duty desk, in a real browser, while
devices load the box; and what the hub itself kept of it, GB 55029's two seconds, in the log."""

import json
from pathlib import Path

from infra.access import new_token
from tests.bench import browser
from tests.bench.box import RunningBox
from tests.bench.context import Context
from tests.bench.load import devices, probe
from tests.bench.table import Result, at
from tests.bench.visible import asked

_EVENTS = 500  # a second
_ALARMS = 2  # a second
_SECONDS = 60
_P99 = 500.0  # ms
_RESPONSE = 2000.0  # ms, GB 55029-2022 3.5.1
_SETTLE_MS = 3000


def measure(context: Context) -> list[Result]:
    seconds = max(10, round(_SECONDS * context.size))
    with context.place("sqlite") as place:
        data = Path(place.folder) / "data"
        box = RunningBox(data, "--compounds", "1", "--no-simulate")
        try:
            password = box.wait_ready()
            token = new_token(data / "hub", "auditor")
            with browser.duty_desk(box.url, password) as page:
                page.wait_for_function(browser.LIVE)
                load = devices(box.mqtt, context.seed, _EVENTS, seconds)
                sent = probe(box.mqtt, seconds, load, _ALARMS, alarms=True)
                load.wait(seconds + 60)
                page.wait_for_timeout(_SETTLE_MS)
                seen = browser.seen(page)
            kept = _responses(box.url, token)
        finally:
            box.stop()
    waits = [(seen[one] - sent[one]) * 1000 for one in sent if one in seen]
    unseen = len(sent) - len(waits)
    answers = [float(kept[one]) for one in sent if one in kept]
    untold = len(sent) - len(answers)
    p50, p99 = at(waits, 0.5), at(waits, 0.99)
    command = context.command("desk")
    return [
        Result(f"forced door → alarm on the desk at {_EVENTS} ev/s, p50", f"{p50:.0f} ms",
               command=command),
        Result("the same, p99", f"{p99:.0f} ms of {len(waits)}", f"≤ {_P99:g} ms", p99 <= _P99,
               command=command),
        Result("alarms never seen on the desk", f"{unseen} of {len(sent)}", "0", not unseen),
        Result("response kept in the log, largest", f"{max(answers, default=0):.0f} ms",
               f"≤ {_RESPONSE:g} ms", bool(answers) and max(answers) <= _RESPONSE),
        Result("alarms without a kept response", f"{untold} of {len(sent)}", "0", not untold),
    ]  # fmt: skip


def _responses(url: str, token: str) -> dict[str, int]:
    """Cause → milliseconds from the gateway's recording to the hub's raising, by the log."""
    found: dict[str, int] = {}
    place, more = "0", True
    while more:
        query = f"/api/v1/events?type=alarm.raised&after={place}&limit=1000"
        with asked(url, token, query) as answer:
            page = json.load(answer)
        for event in page["events"]:
            data = event["data"]
            found[data["alarm"].rpartition(":")[2]] = data.get("responseMs", 0)
        place, more = str(page["next"]), not page["complete"]
    return found
