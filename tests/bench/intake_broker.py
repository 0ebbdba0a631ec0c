"""The broker between devices and gateway, the same for both sides of the comparison.

`nats`: the embedded one as `menwei run` configures it (every write synced), less its accounts.
`mosquitto`: as a house that runs one already has it, persistence as the package ships it.
"""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Literal

import psutil

from infra.box.broker import program
from infra.ports import free_port

Kind = Literal["nats", "mosquitto"]
_MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
_WINDOW = 2048  # unacknowledged messages towards the gateway, as in the box
_PATIENCE = 15.0


def available(kind: Kind) -> bool:
    return kind == "nats" or _MOSQUITTO is not None


class Broker:
    """One process, listening on `port`; open to everybody on loopback."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        config = folder / f"{kind}.conf"
        if kind == "nats":
            config.write_text(_nats(folder, self.port, free_port()), encoding="utf-8")
            command = [program(), "-c", str(config)]
        else:
            assert _MOSQUITTO is not None
            config.write_text(_mosquitto(folder, self.port), encoding="utf-8")
            command = [_MOSQUITTO, "-c", str(config)]
        with (folder / f"{kind}.out").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"{kind} does not start, see {folder}")
            time.sleep(0.02)

    def cpu_seconds(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def _nats(folder: Path, mqtt: int, client: int) -> str:
    return f"""\
server_name: bench
host: 127.0.0.1
port: {client}
max_payload: 8000000
jetstream {{
  store_dir: "{folder / "jetstream"}"
  sync_interval: always
  max_memory_store: 16MB
  max_file_store: 8GB
}}
mqtt {{
  host: 127.0.0.1
  port: {mqtt}
  ack_wait: "5s"
  max_ack_pending: {_WINDOW}
}}
"""


def _mosquitto(folder: Path, port: int) -> str:
    return f"""\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
log_dest stdout
max_inflight_messages {_WINDOW}
max_queued_messages 0
"""
