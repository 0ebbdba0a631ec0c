"""What /metrics says of the log and of who follows it."""

import itertools
from collections import Counter
from collections.abc import Iterator

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from core.errors import Unavailable
from projections.responses import BOUNDS
from projections.web.desk import Desk


def collect(desk: Desk) -> Iterator[Metric]:
    """Lags are left out while the log does not answer: what is not known is not 0."""
    runner, now = desk.runner, desk.clock.now()
    position = _gauge("menwei_view_position", "Where a view stands")
    batches = _gauge("menwei_view_lag", "Batches a view has not folded")
    seconds = _gauge("menwei_view_lag_seconds", "Since the first of them was received")
    failed = _gauge("menwei_view_failed", "1: its fold failed and it stands still")
    folded = CounterMetricFamily(
        "menwei_view_events", "Events a view has folded since the start", labels=["view"]
    )
    head: int | None = None
    for name, at in runner.positions().items():
        position.add_metric([name], at)
        failed.add_metric([name], float(name in runner.failures))
        folded.add_metric([name], runner.folded[name])
        try:
            head = desk.log.head()
            lag = runner.lag(name, now)
        except Unavailable:
            continue
        batches.add_metric([name], lag.batches)
        seconds.add_metric([name], lag.seconds)
    if head is not None:
        yield GaugeMetricFamily("menwei_log_head", "Highest position of the log", head)
    yield GaugeMetricFamily("menwei_tlog_size", "Batches under a checkpoint", desk.signed())
    yield GaugeMetricFamily(
        "menwei_tlog_diverged",
        "1: the log is not what was signed, and nothing more is",
        float(desk.diverged() is not None),
    )
    yield from (position, batches, seconds, failed, folded)
    yield GaugeMetricFamily(
        "menwei_views_waiting",
        "1: the views wait for a database that is away, or for room",
        float(bool(runner.waiting)),
    )
    yield CounterMetricFamily(
        "menwei_events_unread",
        "Stored events of types this version does not know, since start",
        runner.unread,
    )
    yield _unread(desk)


def uplinks(desk: Desk) -> Iterator[Metric]:
    """What gateways sent and the hub has not committed, and how far the history is."""
    found = desk.uplinks()
    frames = GaugeMetricFamily(
        "menwei_uplink_frames", "Frames that wait for the next commit", labels=["lane"]
    )
    size = GaugeMetricFamily("menwei_uplink_bytes", "Bytes of them", labels=["lane"])
    dropped = CounterMetricFamily(
        "menwei_uplink_dropped",
        "Frames that found no room and come again, since the start",
        labels=["lane"],
    )
    for family, values in ((frames, found.frames), (size, found.bytes), (dropped, found.dropped)):
        for lane, value in values.items():
            family.add_metric([lane], value)
        yield family
    yield GaugeMetricFamily(
        "menwei_store_away", "1: nothing is taken, the store is away or full", float(found.away)
    )
    if desk.history is None:
        return
    try:
        at = desk.history.position()
    except Unavailable:
        return
    yield GaugeMetricFamily("menwei_history_position", "Where the history stands", at)


def responses(desk: Desk) -> Metric:
    family = HistogramMetricFamily(
        "menwei_alarm_response_seconds",
        "From a gateway's recording of a cause to the hub's alarm, of live ones, since the start",
        labels=["priority"],
    )
    for priority, tally in sorted(desk.responses.tallies().items()):
        sums = itertools.accumulate(tally.counts)
        bounds = [*(str(one) for one in BOUNDS), "+Inf"]
        buckets = [(bound, float(count)) for bound, count in zip(bounds, sums, strict=True)]
        family.add_metric([str(priority)], buckets, tally.seconds)
    return family


def _unread(desk: Desk) -> Metric:
    """By compound only: a type is what a stranger wrote, and there may be any number of them."""
    family = _gauge("menwei_view_unread", "Events it misses: not readable yet", "compound")
    for name in desk.runner.views:
        counts: Counter[str] = Counter()
        for mark in desk.runner.view(name).marks():
            counts[mark.compound] += mark.count
        for compound, count in counts.items():
            family.add_metric([name, compound], count)
    return family


def _gauge(name: str, text: str, *more: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=["view", *more])
