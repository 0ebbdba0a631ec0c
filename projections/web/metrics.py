"""/metrics: the hub's own figures in Prometheus' text form, looked up when they are asked for."""

import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator

from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from projections.alarms.row import KIND, Alarm
from projections.safe_community.rows.gateways import Gateway
from projections.view import DISTRICT, Row
from projections.web import view_metrics, witness_metrics
from projections.web.auth import Hub, Token
from projections.web.desk import Desk

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GATEWAY_COUNTERS = {
    "received": "Messages its agent received since it started",
    "recorded": "Events its agent recorded since it started",
    "duplicates": "Messages its agent had already, since it started",
    "quarantined": "Messages its agent set aside since it started",
}
_GATEWAY_GAUGES = {
    "backlog": "Batches it has no receipt for",
    "backlog_urgent": "Batches of its urgent lane it has no receipt for",
    "backlog_bulk": "Batches of its bulk lane it has no receipt for",
    "oldest_unreceipted_s": "Age of the oldest of them in seconds, when it last reported",
    "oldest_urgent_s": "Age of the oldest urgent one in seconds, when it last reported",
    "journal_bytes": "Size of its journal files",
    "disk_free_bytes": "Room on its disk",
    "quarantine_rows": "Messages that stand in its quarantine",
    "open_gaps": "Gaps in its devices' own record numbers",
    "skewed_devices": "Devices whose clock was beyond belief since its agent started",
    "damaged": "Journal files that stand aside, damaged",
    "lost": "Events it declared missing",
    "wiped": "Epochs that did not say where the one before ends",
}

router = APIRouter()
Counts = Counter[tuple[str, str, str]]  # (method, route, status) → answers


class CountRequests:
    """ASGI middleware; routes are named by their template, so a label can not be made up."""

    def __init__(self, app: ASGIApp, counts: Counts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # what the server answers when nothing came from us

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", "") or "other"
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._counts[method, route, str(status)] += 1


class HubCollector(Collector):
    """Reads the desk at each scrape; keeps nothing."""

    def __init__(self, desk: Desk, counts: Counts) -> None:
        self._desk = desk
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        yield from view_metrics.collect(self._desk)
        rows = list(self._rows())
        yield from self._gateways(rows)
        yield from self._alarms(rows)
        yield view_metrics.responses(self._desk)
        refusals = _gauge("menwei_refusals", "Refused frames among the last lines", "reason")
        for reason, count in Counter(line.reason for line in self._desk.refusals()).items():
            refusals.add_metric([reason], count)
        yield refusals
        yield from view_metrics.uplinks(self._desk)
        yield from witness_metrics.collect(self._desk)
        requests = CounterMetricFamily(
            "menwei_http_requests", "HTTP answers", labels=["method", "route", "status"]
        )
        for labels, count in dict(self._counts).items():
            requests.add_metric(labels, count)
        yield requests

    def _rows(self) -> Iterator[tuple[str, Row]]:
        """(compound, row) of all gateways and alarms."""
        runner = self._desk.runner
        for compound in sorted({*runner.compounds(), DISTRICT}):
            for view in runner.views:
                kinds = runner.rows(view, compound)[1]
                for kind in ("gateway", KIND):
                    yield from ((compound, row) for row in kinds.get(kind, {}).values())

    def _gateways(self, rows: Iterable[tuple[str, Row]]) -> Iterator[Metric]:
        live = _gauge("menwei_gateway_live", "1: its uplink is up", "compound", "gateway")
        for name, up in self._desk.gateways().items():
            compound, _, gateway = name.partition("/")
            live.add_metric([compound, gateway], float(up))
        gauges = {
            name: _gauge(f"menwei_gateway_{name}", text, "compound", "gateway")
            for name, text in _GATEWAY_GAUGES.items()
        }
        counters = {
            name: CounterMetricFamily(
                f"menwei_gateway_{name}", text, labels=["compound", "gateway"]
            )
            for name, text in _GATEWAY_COUNTERS.items()
        }
        rejected = CounterMetricFamily(
            "menwei_gateway_rejected",
            "Payloads and frames set aside",
            labels=["compound", "gateway", "adapter", "reason"],
        )
        for compound, row in rows:
            if not isinstance(row, Gateway):
                continue
            for name, gauge in gauges.items():
                gauge.add_metric([compound, row.gateway], getattr(row, name))
            for name, family in counters.items():
                family.add_metric([compound, row.gateway], getattr(row, name))
            for kind, count in row.rejected.items():
                adapter, _, reason = kind.partition("/")
                rejected.add_metric([compound, row.gateway, adapter, reason], count)
        yield from (live, *gauges.values(), *counters.values(), rejected)

    def _alarms(self, rows: Iterable[tuple[str, Row]]) -> Iterator[Metric]:
        family = _gauge("menwei_alarms_open", "Open alarms", "compound", "kind", "priority")
        opened = {
            (compound, row.id): (compound, row.kind, str(row.priority))
            for compound, row in rows
            if isinstance(row, Alarm) and row.open
        }
        for labels, count in Counter(opened.values()).items():
            family.add_metric(labels, count)
        yield family


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=labels)


def registry(desk: Desk, counts: Counts) -> CollectorRegistry:
    """Of one app: nothing global, so two hubs in one process do not mix."""
    made = CollectorRegistry(auto_describe=False)
    made.register(HubCollector(desk, counts))
    return made


def from_this_machine(request: Request) -> bool:
    """A loopback peer that speaks for itself; what a proxy passes on is somebody else's."""
    forwarded = {"forwarded", "x-forwarded-for", "x-real-ip"}
    if request.client is None or not forwarded.isdisjoint(request.headers):
        return False
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request, desk: Hub, token: Token) -> Response:
    """Open to this machine; from elsewhere with an API token."""
    known = token is not None and desk.accounts.bearer(token.credentials) is not None
    if not known and not from_this_machine(request):
        raise HTTPException(
            401,
            "Metrics need an API token when asked for from another machine.",
            headers={"WWW-Authenticate": 'Bearer realm="menwei"'},
        )
    made: CollectorRegistry = request.app.state.registry
    return Response(generate_latest(made), media_type=CONTENT_TYPE_LATEST)
