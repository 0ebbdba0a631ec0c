"""What an adapter costs: payloads a second on one core, from bytes to drafts, by kind of device."""

import gc
import statistics
import time
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from devices import registry
from devices.adapter import Message, Site
from tests.bench.context import Context
from tests.bench.table import Result, spread
from tests.unit.devices.wire import adapter_of, message_of, samples

_LEAST = 20_000  # payloads/s of JSON kinds
_SITE = Site(zone=ZoneInfo("Asia/Shanghai"))
_ABOUT = 12_000  # payloads of one repeat


def measure(context: Context) -> list[Result]:
    kinds: dict[tuple[str, str], list[Message]] = {}
    for path in samples():
        message = message_of(path)
        if isinstance(registry.decode(message, _SITE), registry.Aside):
            continue
        form = "JSON" if message.payload.lstrip()[:1] in (b"{", b"[") else "other"
        kinds.setdefault((adapter_of(path), form), []).append(message)
    gc.freeze()  # as the agent does: what is loaded is not looked at again
    rates: dict[tuple[str, str], list[float]] = {kind: [] for kind in kinds}
    for _ in range(context.repeats):  # in turns: the machine's moods fall on all of them
        for kind, messages in kinds.items():
            rates[kind].append(_rate(messages))
    command = context.command("decode")
    return [
        Result(
            f"{name}: {form} payloads decoded, {len(kinds[name, form])} samples in turns",
            spread(found, "/s", 0),
            f"≥ {_LEAST:,}/s" if form == "JSON" else "",
            form != "JSON" or statistics.median(found) >= _LEAST,
            command=command,
        )
        for (name, form), found in sorted(rates.items())
    ]


def _rate(messages: Sequence[Message]) -> float:
    rounds = max(1, _ABOUT // len(messages))
    quickly = registry.quickly(_SITE)
    began = time.process_time()
    for _ in range(rounds):
        for message in messages:
            if quickly(message.topic, message.payload) is None:
                registry.decode(message, _SITE)
    return rounds * len(messages) / (time.process_time() - began)
