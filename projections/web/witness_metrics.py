"""What /metrics says of the witnesses of the log."""

from collections.abc import Iterator
from typing import get_args

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from projections.web.desk import Desk
from projections.web.witnessing import State


def collect(desk: Desk) -> Iterator[Metric]:
    """Nothing where no witness is asked: a 0 would say that all is well."""
    found = desk.witnessing()
    if found is None:
        return
    yield GaugeMetricFamily(
        "menwei_tlog_witnessed", "Batches under a checkpoint with its quorum", found.witnessed
    )
    yield GaugeMetricFamily(
        "menwei_tlog_unwitnessed_seconds", "Since there is a newer checkpoint", found.tail_s
    )
    sizes = GaugeMetricFamily(
        "menwei_witness_size", "Batches under the checkpoint it cosigned last", labels=["witness"]
    )
    states = GaugeMetricFamily(
        "menwei_witness_state", "1: this is how it stands", labels=["witness", "state"]
    )
    for one in found.witnesses:
        sizes.add_metric([one.name], one.size)
        for state in get_args(State):
            states.add_metric([one.name, state], float(one.state == state))
    yield from (sizes, states)
