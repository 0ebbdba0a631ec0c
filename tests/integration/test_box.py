"""`menwei run` as a person starts it: one process tree, one folder, until Ctrl-C or kill -9."""

import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.errors import ConfigError
from core.event import Event
from infra.box.layout import Box, Ports
from infra.hub_api import DIRECT, HubApi
from tests.fix_broker import LONG, PATIENCE, Publisher, eventually, running, tail
from tests.fix_core import verified
from tests.fix_edge import Load, events_of, native
from tests.fix_ports import free_port

PARTS = {"broker": "nats-server", "hub": "infra.cli hub", "edge": "infra.cli edge"}
_PASSWORD = re.compile(r"[0-9a-f]{4}(?:-[0-9a-f]{4}){3}")


class BoxProcess:
    """`menwei run --no-simulate` and what it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self.http, self.port = free_port(), free_port()
        ports = Ports(http=self.http, mqtt=self.port, uplink=1, broker=1)
        self.box = Box(folder=folder, compounds=("c01",), ports=ports)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, ready: bool = True) -> None:
        before = self.said().count("Menwei 门卫")
        self._process = running(
            "infra.cli", "run", "--data", str(self.folder), "--http", str(self.http),
            "--mqtt", str(self.port), *(options or ("--no-simulate",)), log=self.log,
        )  # fmt: skip
        if ready:
            eventually(lambda: self.said().count("Menwei 门卫") > before)
            eventually(self._answers)  # it is said after a while even when nobody does

    def _answers(self) -> bool:
        try:
            with DIRECT.open(f"http://127.0.0.1:{self.http}/healthz", timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        assert self._process is not None
        code = self._process.wait(PATIENCE)
        self._process = None
        return code

    def clear(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)

    def parts(self) -> dict[str, psutil.Process]:
        """The parts that run now, by name."""
        assert self._process is not None
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self._process.pid).children():
            try:
                command = " ".join(child.cmdline())
            except psutil.Error:
                continue
            found |= {name: child for name, words in PARTS.items() if words in command}
        return found

    def pids(self, name: str) -> list[int]:
        return [part.pid for found, part in self.parts().items() if found == name]

    def kill(self, name: str) -> psutil.Process:
        """kill -9 of a part that has run for a moment."""
        eventually(lambda: self.pids(name))
        time.sleep(0.3)
        victim = self.parts()[name]
        victim.kill()
        return victim

    def login(self, user: str) -> tuple[str, str]:
        return user, self.box.password(user)

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def secrets(self) -> list[str]:
        return [path.read_text() for path in (self.folder / "secrets").iterdir()]

    def events(self) -> list[Event]:
        """What devices told, as the hub's log has it; every journal in it is verified."""
        path = self.folder / "hub" / "log.db"
        if not path.exists():
            return []
        with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as db:
            rows = db.execute(
                "SELECT originator_id, state FROM stored_events ORDER BY originator_version"
            ).fetchall()
        db.close()
        journals: defaultdict[str, list[bytes]] = defaultdict(list)
        for journal, state in rows:
            journals[journal].append(state)
        found = [one for frames in journals.values() for one in events_of(verified(frames))]
        return [
            event
            for event in found
            if not event.id.startswith("gw:") and "/gw/hub/" not in event.source
        ]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[BoxProcess]:
    made = BoxProcess(tmp_path / "data")
    yield made
    made.clear()
    print(tail(made.log, 80))


def once(box: BoxProcess, expected: set[str]) -> None:
    """The hub's log has these, each once."""
    eventually(lambda: len(box.events()) >= len(expected), LONG)
    counts = Counter(event.id for event in box.events())
    assert set(counts) == expected
    assert set(counts.values()) == {1}


def refused(box: BoxProcess, code: int = 3) -> str:
    """What it says when it may not start: one line."""
    before = len(box.said())
    box.start(ready=False)
    assert box.ended() == code
    said = box.said()[before:]
    assert said.startswith("menwei: ")
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize("option", ["http", "mqtt"])
def test_a_port_that_is_taken(box: BoxProcess, option: str) -> None:
    port = box.http if option == "http" else box.port
    with socket.create_server(("127.0.0.1", port)):
        assert refused(box) == (
            f"menwei: 127.0.0.1:{port} cannot be listened on (Address already in use). "
            f"Stop what uses it or set `--{option}` to another port.\n"
        )
    assert not (box.folder / "hub").exists()


def test_one_port_for_both(box: BoxProcess) -> None:
    box.http = box.port
    said = refused(box, code=2)
    assert said == f"menwei: --http and --mqtt are both {box.port}. Give each its own port.\n"
    assert not box.folder.exists()


def test_a_folder_of_a_newer_version(box: BoxProcess) -> None:
    box.folder.mkdir()
    (box.folder / "FORMAT").write_text("7\n")
    assert "written by a newer menwei (format 7, this one knows 1)" in refused(box)
    assert {path.name for path in box.folder.iterdir()} == {"FORMAT", "lock"}


def test_a_folder_that_cannot_be_one(box: BoxProcess) -> None:
    box.folder.write_text("a file")
    assert "the data folder cannot be made (File exists). Choose another one." in refused(box)
    assert box.folder.read_text() == "a file"


def test_its_gateway_is_told_of_devices_through_the_hub(box: BoxProcess) -> None:
    box.start()
    hub, at = HubApi(box.folder), "provisioning/c01/gw01"
    assert hub.json("admin", "GET", "provisioning") == {"gateways": ["c01/gw01"]}
    told = hub.json("admin", "PUT", f"{at}/devices/door-09", body={"name": "west"})
    assert told["told"] == "here"
    publisher = Publisher(box)
    publisher.publish(*native(1, device="door-09"))
    publisher.settle()
    publisher.close()
    last = hub.json("admin", "GET", f"{at}/devices/door-09/last")
    assert last["events"][0]["subject"] == "door/west"
    assert {one["name"] for one in hub.json("admin", "GET", f"{at}/kinds")["kinds"]} >= {"native"}
    with pytest.raises(ConfigError, match="cannot be told"):
        hub.json("admin", "PUT", f"{at}/devices/door-09", body={"name": "a b"})
    with pytest.raises(ConfigError, match="admin may"):
        hub.json("guard", "GET", f"{at}/devices")


def test_ctrl_c_loses_nothing_and_leaves_nobody(box: BoxProcess, tmp_path: Path) -> None:
    box.start()
    password = _PASSWORD.findall(box.said())
    assert len(password) == 1
    second = BoxProcess(box.folder)
    second.log = tmp_path / "second.log"
    assert "another menwei is running on this data folder. Stop it first." in refused(second)

    publisher = Publisher(box)
    for record in range(200):
        publisher.publish(*native(record))
    publisher.settle()
    publisher.close()
    parts = box.parts()
    assert parts.keys() == PARTS.keys()
    secret(box, password)
    assert box.stop() == 0
    assert not [one for one in parts.values() if one.is_running()]
    once(box, {f"door-07-{record}" for record in range(200)})
    assert "does not stop; killed" not in box.said()

    box.start()  # the second start knows everything and prints no password
    secret(box, password)
    once(box, {f"door-07-{record}" for record in range(200)})
    assert _PASSWORD.findall(box.said()) == password
    assert "as printed at first start" in box.said()
    assert box.stop(signal.SIGTERM) == 0


def secret(box: BoxProcess, password: list[str]) -> None:
    """No password stands in a command line, in an environment, in the log or the broker's."""
    assert box._process is not None
    known = [*box.secrets(), *password]
    assert len(known) == 5
    for process in [psutil.Process(box._process.pid), *box.parts().values()]:
        shown = " ".join([*process.cmdline(), *process.environ().values()])
        assert not [one for one in known if one in shown]
    logs = box.said() + (box.folder / "broker" / "nats.log").read_text()
    assert not [one for one in box.secrets() if one in logs]
    modes = {path.stat().st_mode & 0o777 for path in (box.folder / "secrets").iterdir()}
    assert modes == {0o600}
    assert (box.folder / "broker" / "nats.conf").stat().st_mode & 0o777 == 0o600


def test_every_part_is_killed_in_turn(box: BoxProcess) -> None:
    """Under load, and the supervisor starts it again; nothing acknowledged is lost or doubled."""
    box.start()
    load = Load(box)
    try:
        for name in ("hub", "edge", "broker", "hub", "broker", "edge"):
            killed = box.kill(name)
            eventually(lambda: killed.pid not in box.pids(name))  # noqa: B023 - called at once
            eventually(lambda: box.pids(name))  # noqa: B023
        eventually(load.publisher.connected)
        acked = load.end()
    finally:
        load.close()
    once(box, acked)
    assert box.said().count("ended with -9; again in ") == 6
    assert box.stop() == 0


def test_kill_9_of_the_box_itself(box: BoxProcess) -> None:
    box.start()
    load = Load(box)
    try:
        for _ in range(2):
            eventually(lambda: len(box.events()) > 20)
            parts = box.parts()
            assert parts.keys() == PARTS.keys()
            box.clear()
            eventually(lambda: not any(map(alive, parts.values())))  # noqa: B023 - at once
            box.start()  # the same folder and ports, at once
            eventually(load.publisher.connected)
        acked = load.end()
    finally:
        load.close()
    once(box, acked)
    assert box.stop() == 0
    assert len(_PASSWORD.findall(box.said())) == 1


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_two_simulated_compounds(box: BoxProcess) -> None:
    box.start("--compounds", "2", "--seed", "5")

    def compounds() -> set[str]:
        return {event.source.split("/")[2] for event in box.events()}

    eventually(lambda: compounds() == {"c01", "c02"})
    assert box.stop() == 0
    assert "set aside" not in box.said()
