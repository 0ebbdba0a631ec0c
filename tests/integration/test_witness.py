"""The witness as it runs: the process, its port, its answers, and who takes too long."""

import asyncio
import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from typer.testing import CliRunner

from core.clock import SystemClock
from core.tlog import checkpoint
from core.tlog.note import verifier_key
from infra.commands import app
from infra.witness import server
from infra.witness.witness import origin_hash
from tests.fix_broker import PATIENCE
from tests.fix_ports import free_port
from tests.fix_witness import LOG_KEY, NAME, ORIGIN, leaves, log_of, submission, witness

ROOT = Path(__file__).parents[2]
ADD = "/add-checkpoint"
LATEST = f"/{origin_hash(ORIGIN)}/checkpoint"


class Running:
    """`menwei witness` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.config = folder / "witness.toml"
        self.config.write_text(
            f'name = "{NAME}"\ndata = "state"\n[http]\nport = {self.port}\n'
            f'[[logs]]\nvkey = "{LOG_KEY.encode()}"\n'
        )
        self.begin()

    def begin(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.cli", "witness", "--config", str(self.config)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.keys = [verifier_key(self.process.stdout.readline().strip()) for _ in range(2)]
        assert "witnessing 1 logs" in self.process.stderr.readline()

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str, bytes]:
        """Status, content type, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.headers["content-type"], answer.read()
        finally:
            connection.close()

    def add(self, old: int, size: int, fork: str = "", at: int = 0) -> tuple[int, str, bytes]:
        return self.ask("POST", ADD, submission(old, log_of(leaves(size, fork, at))).encode())

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Exit code and what it logged."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.process.kill()
    made.process.wait(PATIENCE)
    for pipe in (made.process.stdout, made.process.stderr):
        if pipe is not None:
            pipe.close()


def test_a_log_is_cosigned_and_told(running: Running) -> None:
    assert running.ask("GET", LATEST)[0] == 404
    status, kind, lines = running.add(0, 5)
    assert (status, kind) == (200, "text/plain; charset=utf-8")
    whole = log_of(leaves(5)).checkpoint.encode() + lines
    found = checkpoint.opened(whole, ORIGIN, (LOG_KEY, *running.keys))
    assert len(found.verified) == 3
    assert running.ask("GET", LATEST) == (200, "text/plain; charset=utf-8", whole)
    assert running.ask("GET", "/healthz")[::2] == (200, b"ok\n")


def test_every_other_answer(running: Running) -> None:
    running.add(0, 5)
    assert running.add(0, 9) == (409, "text/x.tlog.size", b"5\n")
    assert running.add(5, 9, "other", 3)[0] == 422
    assert running.add(5, 4)[0] == 400
    assert running.ask("POST", ADD, b"nonsense")[0] == 400
    assert running.ask("POST", ADD, b"old 0\n\nx\n0\n\n\n")[0] == 400
    assert running.ask("GET", ADD)[0] == 405
    assert running.ask("DELETE", LATEST)[0] == 405
    assert running.ask("GET", "/else")[0] == 404
    assert running.ask("GET", f"/{'0' * 64}/checkpoint")[0] == 404
    assert running.ask("POST", ADD, b"x" * 600_000)[0] == 413
    assert running.add(5, 9)[0] == 200
    code, said = running.end()
    assert code == 0
    assert re.search(rf"127\.0\.0\.1 POST {ADD} 200 [0-9.]+ ms {ORIGIN} 9\n", said)


def test_state_and_keys_outlive_the_process(running: Running) -> None:
    keys = running.keys
    running.add(0, 5)
    running.end(signal.SIGKILL)
    running.begin()
    assert running.keys == keys
    assert running.add(0, 9) == (409, "text/x.tlog.size", b"5\n")
    for name in ("witness.key", "witness-mldsa44.key"):
        assert (running.config.parent / "state" / name).stat().st_mode & 0o777 == 0o600


def test_a_head_is_asked_without_its_body(running: Running) -> None:
    running.add(0, 5)
    assert running.ask("HEAD", LATEST) == (200, "text/plain; charset=utf-8", b"")
    assert running.ask("HEAD", "/healthz")[0] == 200
    assert running.ask("HEAD", ADD)[0] == 405


def test_one_connection_for_many_requests(running: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
    connection.connect()
    kept = connection.sock
    for size in range(1, 5):
        connection.request("POST", ADD, submission(size - 1, log_of(leaves(size))).encode())
        assert connection.getresponse().read().count(b"\n") == 2
    assert connection.sock is kept
    connection.close()


def test_two_forks_at_the_same_moment(running: Running) -> None:
    """Of what contradicts each other, one is cosigned."""
    running.add(0, 3)
    both = Barrier(8)

    def fed(number: int) -> int:
        both.wait()
        return running.add(3, 6, f"fork {number}", 4)[0]

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(fed, range(8)))
    assert answers == [200] + [409] * 7


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",  # no host
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 20_000,
        b"POST /add-checkpoint HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
    ],
)
def test_what_is_not_http(running: Running, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", running.port), PATIENCE) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        assert re.match(rb"HTTP/1.1 4\d\d ", connection.makefile("rb").readline())
    assert running.ask("GET", "/healthz")[0] == 200


def test_curl_waits_for_leave_to_send(running: Running) -> None:
    body = submission(0, log_of(leaves(2))).encode()
    head = f"POST {ADD} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n"
    with socket.create_connection(("127.0.0.1", running.port), PATIENCE) as connection:
        connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode())
        lines = connection.makefile("rb")
        assert lines.readline() == b"HTTP/1.1 100 Continue\r\n"
        lines.readline()
        connection.sendall(body)
        assert lines.readline() == b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_IDLE", "_REQUEST"):
        monkeypatch.setattr(server, name, 0.5)


@pytest.mark.parametrize(
    "sent", [b"", b"POST /add-", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1"]
)
def test_who_takes_too_long_is_hung_up_on(tmp_path: Path, impatient: None, sent: bytes) -> None:
    async def heard() -> bytes:
        made = server.Server(witness(tmp_path, SystemClock()))
        listening = await asyncio.start_server(made.connected, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            said = await reader.read()
            writer.close()
            return said

    assert asyncio.run(heard()) == b""


def test_there_is_an_end_of_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_CONNECTIONS", 2)

    async def heard() -> bytes:
        made = server.Server(witness(tmp_path, SystemClock()))
        listening = await asyncio.start_server(made.connected, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            said = await reader.read()
            for _, other in (*held, (reader, writer)):
                other.close()
            return said

    assert asyncio.run(heard()) == b""


def test_a_disk_that_fails_ends_it(tmp_path: Path, running: Running) -> None:
    """Not an answer, and never a second attempt on a sync that failed (I8)."""
    folder = running.config.parent / "state"
    (folder / f"{origin_hash(ORIGIN)}.checkpoint.new").mkdir()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        running.add(0, 5)
    assert running.process.wait(PATIENCE) == 70


def test_an_auditor_compares(running: Running, tmp_path: Path) -> None:
    """What it answers is checked, told and kept."""
    key = running.keys[1].encode()
    path = tmp_path / "policy"
    url = f"http://127.0.0.1:{running.port}"
    path.write_text(f"log {LOG_KEY.encode()}\nwitness city {key} {url}\nquorum city\n")
    asked = ["audit", "compare", str(path), "--keep", str(tmp_path / "kept")]
    assert "never cosigned it" in str(CliRunner().invoke(app, asked).output)
    running.add(0, 5)
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0
    assert "city: hub.example/menwei: 5 leaves" in result.output
    (kept,) = (tmp_path / "kept").iterdir()
    assert kept.read_bytes() == running.ask("GET", LATEST)[2]


def test_it_needs_little(tmp_path: Path) -> None:
    """No web framework, no database, no command line's library: a small machine will do."""
    look = (
        "import sys, infra.witness.server; print(*{one.partition('.')[0] for one in sys.modules})"
    )
    said = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True
    )
    others = set(said.stdout.split()) - sys.stdlib_module_names
    allowed = {"core", "infra", "cryptography", "h11", "msgspec", "typing_extensions"}
    assert {one for one in others if not one.startswith("_")} <= allowed
