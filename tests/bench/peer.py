"""thingsboard-gateway on SQLite storage, as the peer of the intake benchmark.

It is no dependency: the benchmark looks for it in the Python that MENWEI_BENCH_PEER names
(a venv with `thingsboard-gateway==3.8.5`) and says so when there is none.

What is compared: taking device messages from the same MQTT broker, the same bytes at QoS 1,
and bringing them to rest in a local SQLite file. Ours counts events in signed batches, each
synced before its message is acknowledged to the broker. The peer counts rows of its storage
file. What the peer is given beyond that:

- its own clean choices: paho, a JSON converter with one `*` entry, so that it copies the whole
  payload as one value and evaluates no expression a field; statistics, remote configuration,
  remote shell and log output below warnings off; batches of up to 1,000 rows;
- its own durability: WAL with synchronous=NORMAL, which a power cut takes the newest rows from,
  and acknowledgement by paho when a message is read, so that what waits in its queues is lost
  with the process. We measure it as it is;
- no duty to deliver: its platform is a socket that takes the connection and leaves telemetry
  unanswered, as our uplink has no hub. Neither sends its backlog anywhere;
- no duty to seal: persons' card numbers stay in the clear in its rows.

Its rate is found by keeping a bounded number of messages between broker and rows, which never
lets its unbounded queues grow: kinder than a fixed rate above what it can do.
"""

import json
import os
import socket
import sqlite3
import struct
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

from tests.bench.intake_process import Watched

VARIABLE = "MENWEI_BENCH_PEER"
NAME = "thingsboard-gateway"
_PATIENCE = 40.0
_MAIN = "from thingsboard_gateway.tb_gateway import main; main()"
_VERSION = "from importlib.metadata import version; print(version('thingsboard-gateway'))"
# What our journal keeps of each message, by path and type.
_ENVELOPE = {"id": "string", "type": "string", "subject": "string", "time": "string"}
_FIELDS = {
    "door": {"data.cause": "string", "data.durationS": "double"},
    "waste": {
        "data.distanceMm": "integer", "data.temperatureCel": "double",
        "data.batteryPct": "integer", "data.position": "string",
    },
    "access": {
        "data.credential": "string", "data.subjectClass": "string", "data.direction": "string",
        "data.cardNo": "string",
    },
}  # fmt: skip
_SILENT = ("v1/gateway/telemetry", "v1/devices/me/telemetry")  # never drained


def installed() -> tuple[str, str] | None:
    """(Python, version) of the peer; None when there is none."""
    python = os.environ.get(VARIABLE, "")
    if not python or not Path(python).exists():
        return None
    asked = subprocess.run(
        [python, "-c", _VERSION], capture_output=True, text=True, check=False, timeout=30
    )
    return (python, asked.stdout.strip()) if asked.returncode == 0 else None


class Platform:
    """Just enough of an MQTT broker for the peer to believe in its ThingsBoard: it answers
    connections, subscriptions and pings, and leaves telemetry where it is. Threads end with
    their sockets."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        level = 4
        with peer, peer.makefile("rb") as stream:
            try:
                while head := stream.read(1):
                    size, shift = 0, 0
                    while True:
                        byte = stream.read(1)[0]
                        size |= (byte & 0x7F) << shift
                        shift += 7
                        if byte < 0x80:
                            break
                    body = stream.read(size)
                    if head[0] >> 4 == 1:
                        level = body[6]
                    if given := answer(level, head[0], body):
                        peer.sendall(given)
            except (OSError, IndexError):
                return


def answer(level: int, head: int, body: bytes) -> bytes:
    """To one packet of MQTT 3.1.1 (level 4) or 5 without properties; empty where there is none,
    or none is given."""
    kind = head >> 4
    none = b"\x00" if level == 5 else b""  # no properties
    if kind == 1:
        return bytes((0x20, 2 + len(none), 0, 0)) + none
    if kind == 3 and head & 0x06:
        (size,) = struct.unpack_from(">H", body)
        topic = body[2 : 2 + size].decode()
        return b"" if topic in _SILENT else b"\x40\x02" + body[2 + size : 4 + size]
    if kind in (8, 10):
        count, at, extra = 0, 2 + len(none), 3 if kind == 8 else 2
        while at < len(body):
            at += extra + int.from_bytes(body[at : at + 2], "big")
            count += 1
        codes = b"\x00" * count if kind == 8 or level == 5 else b""
        return bytes((0x90 if kind == 8 else 0xB0, 2 + len(none) + len(codes))) + (
            body[:2] + none + codes
        )
    return b"\xd0\x00" if kind == 12 else b""


class Peer:
    """The gateway as a process on its own folder. Owns its fake platform."""

    def __init__(self, python: str, folder: Path, broker: int, *, named: bool) -> None:
        self._platform = Platform()
        self.folder = folder
        config = folder / "config"
        config.mkdir(parents=True)
        (folder / "logs").mkdir()
        (folder / "data").mkdir()
        for name, content in configuration(
            broker, self._platform.port, folder, named=named
        ).items():
            (config / name).write_text(json.dumps(content), encoding="utf-8")
        self.process = Watched(
            [python, "-c", _MAIN],
            folder / "peer.log",
            folder,
            {**os.environ, "TB_GW_CONFIG_DIR": f"{config}/", "TB_GW_DEV_MODE": "false"},
        )

    def wait_ready(self) -> None:
        """Subscribed at the broker."""
        until = time.monotonic() + _PATIENCE
        while "Gateway started" not in self.said():
            if not self.process.alive() or time.monotonic() > until:
                raise RuntimeError(f"the peer does not start: {self.said()[-2000:]}")
            time.sleep(0.1)

    def said(self) -> str:
        found = [self.process.said()]
        found += [path.read_text(errors="replace") for path in (self.folder / "logs").glob("*")]
        return "\n".join(found)

    def stored(self) -> int:
        """Rows ever inserted."""
        with sqlite3.connect(f"file:{self._file()}?mode=ro", uri=True, timeout=5) as db:
            row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'messages'").fetchone()
        db.close()
        return int(row[0]) if row else 0

    def messages(self) -> Counter[str]:
        """Id of a device message → how often it stands in the rows there are."""
        with sqlite3.connect(f"file:{self._file()}?mode=ro", uri=True, timeout=5) as db:
            rows = db.execute("SELECT message FROM messages").fetchall()
        db.close()
        return Counter(name for (row,) in rows for name in ids_in(row))

    def _file(self) -> Path:
        return self.folder / "data" / "data.db"

    def stop(self) -> None:
        self.process.stop()
        self._platform.close()


def ids_in(row: str) -> list[str]:
    """The CloudEvents ids of the telemetry in one stored row."""
    return [
        entry["values"]["id"]
        for entry in json.loads(row).get("telemetry", [])
        if "id" in entry.get("values", {})
    ]


def configuration(broker: int, platform: int, folder: Path, *, named: bool) -> dict[str, object]:
    """File name → content."""
    gateway = {
        "thingsboard": {
            "host": "127.0.0.1",
            "port": platform,
            "remoteShell": False,
            "remoteConfiguration": False,
            "statistics": {"enable": False, "enableCustom": False},
            "checkConnectorsConfigurationInSeconds": 3600,
            "reportStrategy": {"type": "ON_RECEIVED"},
            "security": {"type": "accessToken", "accessToken": "bench"},
            "qos": 1,
        },
        "storage": {
            "type": "sqlite",
            "data_file_path": f"{folder / 'data'}/",
            "messages_ttl_check_in_hours": 1,
            "messages_ttl_in_days": 7,
            "max_read_records_count": 1000,
            "writing_batch_size": 1000,
            "size_limit": 4096,
        },
        "grpc": {"enabled": False},
        "connectors": [{"type": "mqtt", "name": "devices", "configuration": "mqtt.json"}],
    }
    connector = {
        "name": "devices",
        "logLevel": "INFO",
        "broker": {
            "host": "127.0.0.1",
            "port": broker,
            "clientId": "peer",
            "version": 4,
            "cleanSession": False,
            "maxMessageNumberPerWorker": 10,
            "maxNumberOfWorkers": 100,
            "security": {"type": "anonymous"},
        },
        "mapping": [
            _mapping(f"site/{domain}/+", fields if named else None)
            for domain, fields in _FIELDS.items()
        ],
    }
    return {"tb_gateway.json": gateway, "mqtt.json": connector, "logs.json": _logs()}


def _mapping(topics: str, fields: dict[str, str] | None) -> dict[str, object]:
    timeseries: list[object] = ["*"]
    if fields is not None:
        timeseries = [
            {"type": kind, "key": path.rpartition(".")[2], "value": f"${{{path}}}"}
            for path, kind in {**_ENVELOPE, **fields}.items()
        ]
    return {
        "topicFilter": topics,
        "subscriptionQos": 1,
        "converter": {
            "type": "json",
            "deviceInfo": {
                "deviceNameExpressionSource": "topic",
                "deviceNameExpression": "[^/]+$",
                "deviceProfileExpressionSource": "constant",
                "deviceProfileExpression": "default",
            },
            "timeout": 60000,
            "timeseries": timeseries,
        },
    }


def _logs() -> dict[str, object]:
    names = ("service", "storage", "connector", "converter", "extension", "tb_connection",
             "database")  # fmt: skip
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"},
        },
        "loggers": {
            name: {"handlers": ["console"], "level": "INFO", "propagate": False} for name in names
        },
        "root": {"level": "WARNING", "handlers": ["console"]},
    }
