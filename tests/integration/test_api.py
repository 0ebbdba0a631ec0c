"""The API over real sockets: uvicorn and the runner in threads, clients that are cut off."""

import asyncio
import json
import random
import socket
import string
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from core import codec
from core.batch import parse
from core.event import Recorded
from core.events.access import Denied, Granted
from core.events.door import Closed, Forced, Opened
from core.events.waste import Overflowed
from projections.web import api
from projections.web.app import build
from tests.fix_broker import PATIENCE, eventually
from tests.fix_core import SEED
from tests.fix_hub import HubRig

Json = dict[str, Any]
KINDS = (Granted(), Denied(), Opened(), Closed(), Overflowed())


class Served:
    """A hub that listens on a free loopback port."""

    def __init__(self, folder: Path) -> None:
        self.rig = HubRig(folder)
        self.app = build(self.rig.desk)
        self.token = self.rig.accounts.token("guard")
        self.headers = {"Authorization": f"Bearer {self.token}"}
        # The protocol is named because asyncio sets TCP_NODELAY only where it is.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(128)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            self.app, log_level="error", access_log=False, timeout_graceful_shutdown=60
        )
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="http")
        self._ready = threading.Event()
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        self._runner = self.rig.start()

    async def _serve(self) -> None:
        self.rig.desk.live.attach(self.rig.runner, asyncio.get_running_loop())
        self._ready.set()
        await self.server.serve(sockets=[self._socket])

    def http(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=PATIENCE)

    def feed(self, chance: random.Random, batches: int) -> int:
        position = 0
        for _ in range(batches):
            kinds = [chance.choice(KINDS) for _ in range(chance.choice((1, 1, 3, 20)))]
            position = self.rig.add(
                [self.rig.event(kind, f"thing/{chance.randint(1, 4)}") for kind in kinds]
            )
        return position

    def everything(self) -> list[Json]:
        """The log as plain JSON, read without the code under test."""
        return [
            {**json.loads(line), "position": found.id, "index": index}
            for found in self.rig.log.read(0, 100_000, 10**9)
            for index, line in enumerate(parse(found.state).lines().splitlines())
        ]

    def folded(self, position: int) -> None:
        """Returns once the views stand at `position`."""
        stood = threading.Event()
        self.rig.runner.listen(lambda page: stood.set() if page.position >= position else None)
        if self.rig.runner.position() < position:
            assert stood.wait(PATIENCE)

    def stop_serving(self) -> bool:
        self.app.state.streams.close()
        self.server.should_exit = True
        self._thread.join(PATIENCE)
        return not self._thread.is_alive()

    def close(self) -> None:
        assert self.stop_serving()
        self.rig.runner.stop()
        self._runner.join(PATIENCE)
        self._socket.close()
        self.rig.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.close()


class Cut(Exception):
    """The connection was cut on purpose."""


class Chunks:
    """HTTP/1.1 chunked transfer coding, taken apart as the bytes come."""

    def __init__(self) -> None:
        self._raw = b""

    def take(self, part: bytes) -> bytes:
        self._raw += part
        body = b""
        while b"\r\n" in self._raw:
            size, _, rest = self._raw.partition(b"\r\n")
            length = int(size, 16)
            if len(rest) < length + 2:
                break
            body += rest[:length]
            self._raw = rest[length + 2 :]
        return body


class StreamClient:
    """Reads the stream over a plain socket as the HTML standard says, keeping whole positions
    only, and can be cut off after any number of bytes."""

    def __init__(self, served: Served, query: str, chance: random.Random) -> None:
        self._served = served
        self._query = query
        self._chance = chance
        self.last = ""
        self.events: list[Json] = []
        self.connections = 0

    @property
    def stands(self) -> int:
        return int(self.last or 0)

    def until(self, position: int, cut_after: Callable[[], int]) -> None:
        while not self.last or int(self.last) < position:
            try:
                self._connect(position, cut_after())
            except Cut:
                continue

    def _connect(self, position: int, budget: int) -> None:
        self.connections += 1
        lines = [
            f"GET /api/v1/stream?{self._query} HTTP/1.1",
            "Host: hub",
            f"Authorization: Bearer {self._served.token}",
            *([f"Last-Event-ID: {self.last}"] if self.last else []),
        ]
        with socket.create_connection(("127.0.0.1", self._served.port), timeout=PATIENCE) as link:
            link.sendall("\r\n".join([*lines, "", ""]).encode())
            chunks, pending = Chunks(), list[Json]()
            text, headers = b"", True
            while not self.last or int(self.last) < position:
                if budget <= 0:
                    raise Cut
                part = link.recv(min(budget, self._chance.choice((1, 100, 5000, 65536))))
                assert part, "the hub must not end a stream by itself"
                budget -= len(part)
                if headers:
                    text += part
                    head, found, part = text.partition(b"\r\n\r\n")
                    if not found:
                        continue
                    assert b" 200 " in head.splitlines()[0], head
                    headers, text = False, b""
                text += chunks.take(part)
                *blocks, text = text.split(b"\n\n")
                for block in blocks:
                    self._take(block.decode(), pending)

    def _take(self, block: str, pending: list[Json]) -> None:
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line[0] != ":")
        if "data" in fields:
            pending.append(json.loads(fields["data"]))
        if "id" in fields:
            assert not self.last or int(fields["id"]) >= int(self.last)
            self.last = fields["id"]
            self.events += pending
            pending.clear()


def place(event: Json) -> tuple[int, int, str]:
    return event["position"], event["index"], event["id"]


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_cut_off_anywhere_nothing_is_missed_or_doubled(served: Served, seed: int) -> None:
    """Three clients with different filters, cut at random bytes while the log grows."""
    chance = random.Random(seed)
    served.folded(served.feed(chance, 5))
    filters: list[tuple[str, Callable[[Json], bool]]] = [
        ("after=0", lambda _: True),
        ("after=0&type=door.", lambda event: event["type"].startswith("door.")),
        ("after=0&type=access.denied&compound=c01", lambda e: e["type"].startswith("access.den")),
    ]
    clients = [
        StreamClient(served, query, random.Random(seed + number))
        for number, (query, _) in enumerate(filters)
    ]
    end = threading.Event()
    last = [0]

    def follow(client: StreamClient, dice: random.Random) -> None:
        while not end.is_set():
            client.until(served.rig.log.head() or 1, lambda: dice.randint(150, 30_000))
        client.until(last[0], lambda: dice.randint(5_000, 30_000))

    threads = [
        threading.Thread(target=follow, args=(client, random.Random(seed * 7 + number)))
        for number, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for turn in range(15):
        position = served.feed(chance, 8)
        served.folded(position)
        if turn < 5:  # each of them has connected for it
            eventually(lambda: all(one.stands >= position for one in clients))  # noqa: B023
    last[0] = served.rig.log.head()
    end.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    log = served.everything()
    for client, (query, wants) in zip(clients, filters, strict=True):
        expected = [place(event) for event in log if wants(event)]
        assert [place(event) for event in client.events] == expected, query
        assert client.connections > 3, "the test must have cut it off"


def test_from_now_means_what_comes_after_connecting(served: Served) -> None:
    served.folded(served.feed(random.Random(SEED), 4))
    client = StreamClient(served, "", random.Random(SEED))
    client.until(4, lambda: 10**9)
    assert (client.events, client.last) == ([], "4")
    last = served.feed(random.Random(SEED), 2)
    client.until(last, lambda: 10**9)
    assert {event["position"] for event in client.events} == {5, 6}


def test_a_client_that_does_not_read_holds_up_nobody(served: Served) -> None:
    last = served.feed(random.Random(SEED), 600)
    served.folded(last)
    slow = socket.socket()
    slow.settimeout(PATIENCE)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)  # or the kernel would take it all
    slow.connect(("127.0.0.1", served.port))
    slow.sendall(
        b"GET /api/v1/stream?after=0 HTTP/1.0\r\nHost: hub\r\nAuthorization: Bearer "
        + served.token.encode()
        + b"\r\n\r\n"
    )
    fast = StreamClient(served, "after=0", random.Random(SEED))
    fast.until(last, lambda: 10**9)
    assert [place(event) for event in fast.events] == [place(e) for e in served.everything()]
    text = b""
    while f"id: {last}\n".encode() not in text:
        part = slow.recv(65536)
        assert part
        text = text[-100:] + part
    slow.close()


def test_a_stop_ends_open_streams(served: Served) -> None:
    with served.http() as http, http.stream("GET", "/api/v1/stream") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert served.app.state.streams.open == 1
        assert served.stop_serving()
        assert "data" not in "".join(lines)
    assert served.app.state.streams.open == 0


def test_a_thousand_acknowledge_at_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_FOLD_PATIENCE", PATIENCE)
    event = served.rig.event(Forced(), "door/1")
    served.folded(served.rig.add([event]))
    body = {"compound": "c01", "alarm": f"door.forced:door/1:{event.id}", "note": "ok"}

    async def press(http: httpx.AsyncClient) -> list[httpx.Response]:
        return [await http.post("/api/v1/alarms/acknowledge", json=body) for _ in range(40)]

    async def go() -> Counter[int]:
        async with httpx.AsyncClient(
            base_url=served.url, headers=served.headers, timeout=PATIENCE
        ) as http:
            pressed = await asyncio.gather(*(press(http) for _ in range(25)))
        answers = [answer for one in pressed for answer in one]
        done = [one.json() for one in answers if one.status_code == 201]
        assert [one["folded"] for one in done] == [True]
        return Counter(one.status_code for one in answers)

    assert asyncio.run(go()) == {201: 1, 409: 999}
    with served.http() as http:
        found = http.get("/api/v1/events?type=alarm.acknowledged.v1").json()["events"]
        (row,) = http.get("/api/v1/views/safe_community/c01").json()["alarms"]
    assert len(found) == 1
    assert row["acknowledged"] is True


def test_many_ask_for_the_past_at_once(served: Served) -> None:
    chance = random.Random(SEED)
    stood: dict[int, str] = {}
    with served.http() as http:
        for _ in range(8):
            position = served.feed(chance, 3)
            served.folded(position)
            stood[position] = http.get("/api/v1/views/waste_sorting/c01").json()["hash"]

    async def go() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            base_url=served.url, headers=served.headers, timeout=PATIENCE
        ) as http:
            asked = [
                http.get(f"/api/v1/views/waste_sorting/c01?asof={position}")
                for position in list(stood) * 8
            ]
            return await asyncio.gather(*asked)

    answers = asyncio.run(go())
    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) <= {200, 503}
    assert codes[200] >= 16
    for answer in answers:
        if answer.status_code == 200:
            assert answer.json()["hash"] == stood[answer.json()["position"]]
        else:
            assert answer.json()["detail"].startswith("Too many")


ROUTES = [
    "/api/v1/events", "/api/v1/views/safe_community/c01", "/api/v1/events/1/0", "/api/v1/me",
    "/api/v1/views", "/api/v1/compounds", "/api/v1/refusals", "/healthz", "/metrics", "/api/docs",
]  # fmt: skip
NAMES = ["asof", "after", "before", "limit", "type", "subject", "id", "origin", "compound", "x"]
ODD = ["%00", "%FF", "%27", "%22", "..%2F", "%0D%0ASet-Cookie:a=b", "{}", "[]", "1", "-1", "1e9",
       "9" * 30, "%F0%9F%9A%AA", "2026-11-20T04:00:00Z", "%D9%A3", "live", "access."]  # fmt: skip


def test_hostile_queries_never_break_it(served: Served) -> None:
    served.folded(served.feed(random.Random(SEED), 3))
    chance = random.Random(SEED)
    seen: Counter[int] = Counter()
    with served.http() as http:
        for _ in range(600):
            route = chance.choice(ROUTES)
            if chance.random() < 0.3:
                route += "/" + chance.choice([*ODD, "".join(chance.choices(string.printable, k=9))])
            query = "&".join(
                f"{chance.choice(NAMES)}={chance.choice(ODD)}" for _ in range(chance.randint(0, 3))
            )
            path = "".join(char if char.isprintable() else "%0A" for char in f"{route}?{query}")
            target = httpx.URL(served.url).copy_with(raw_path=path.encode())
            answer = http.get(target)
            seen[answer.status_code] += 1
            assert answer.status_code in (200, 404, 422), (target, answer.text)
            assert "set-cookie" not in answer.headers
            assert "Traceback" not in answer.text
    assert min(seen[code] for code in (200, 404, 422)) > 20, "all kinds must have been met"


def test_events_are_what_the_log_holds(served: Served) -> None:
    """/events against the brute-force list over the wire, newest first."""
    served.feed(random.Random(SEED), 30)
    found: list[Json] = []
    after: Json = {}
    with served.http() as http:
        while True:
            page = http.get("/api/v1/events", params={"limit": 37, **after}).json()
            found += page["events"]
            after = {"before": page["next"]}
            if page["complete"]:
                break
    everything = served.everything()
    assert [place(event) for event in found] == [place(event) for event in everything[::-1]]
    newest = codec.recorded(
        parse(served.rig.log.read(29, 1, 1)[0].state), 30, served.rig.desk.catalog
    )[-1]
    assert isinstance(newest, Recorded)
    assert {key: found[0][key] for key in codec.cloudevent(newest)} == codec.cloudevent(newest)
