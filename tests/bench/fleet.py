"""A day of two hundred devices whose links break every quarter of an hour, as fast as it goes: what
the agent still holds afterwards, and whether every acknowledged fact is recorded, once."""

import asyncio
import secrets
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psutil

from core import codec
from core.keys import Signer
from devices.hikvision.isapi import Device
from devices.hikvision.served import Served
from tests.bench.context import Context
from tests.bench.fleet_devices import Fleet, Ports, Session
from tests.bench.intake_process import Watched
from tests.bench.table import Result
from tests.fix_broker import eventually
from tests.fix_edge import journal_of
from tests.fix_ports import free_port

_SESSIONS = 96  # of each device: every quarter of an hour of a day
_AT_ONCE = 40
_KINDS = {"native": 60, "pushing": 50, "turnstile": 25, "truck": 35, "camera": 20}
_ASKED = 10  # devices that are asked; they hang up as often
_LEAK = 3  # descriptors more than before any device came
_GROWTH = 1.10


def measure(context: Context) -> list[Result]:
    folder = context.part("fleet")
    return asyncio.run(_day(context, folder))


async def _day(context: Context, folder: Path) -> list[Result]:
    sessions = max(4, round(_SESSIONS * context.size))
    rng = Random(context.seed)
    print(f"fleet: seed {context.seed}, {sessions} sessions a device", file=sys.stderr)
    served = [Served(_terminal(n), _now, beat_s=1.0) for n in range(_ASKED)]
    for one in served:
        await one.start()
    names = {
        kind: [_name(kind, number) for number in range(count)] for kind, count in _KINDS.items()
    }
    ports = Ports(*(free_port() for _ in range(4)))
    config, words = _configured(folder, ports, names, [one.port for one in served])
    agent = Watched(
        [sys.executable, "-m", "infra.cli", "edge", "--config", str(config)],
        folder / "edge.log", Path.cwd(), {},
    )  # fmt: skip
    try:
        eventually(lambda: _listens(ports.mqtt) and _listens(ports.http), within=30)
        async with asyncio.timeout(30):
            while not all(one.listening for one in served):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        process = psutil.Process(agent.process.pid)
        before = process.num_fds()
        fleet = Fleet(ports, rng, words)
        waves = await _waves(fleet, names, served, sessions, rng, process)
        async with asyncio.timeout(60):
            while process.num_fds() > before + _LEAK and agent.alive():  # noqa: ASYNC110
                await asyncio.sleep(0.5)
    except TimeoutError:
        pass  # told as a figure
    finally:
        held = psutil.Process(agent.process.pid).num_fds() if agent.alive() else -1
        for one in served:
            await one.stop()
        agent.stop(30)
    return _told(context, folder, waves, before, held, fleet.broken)


async def _waves(
    fleet: Fleet,
    names: dict[str, list[str]],
    served: Sequence[Served],
    sessions: int,
    rng: Random,
    process: psutil.Process,
) -> "_Waves":
    devices: list[tuple[str, Session]] = [
        (kind, getattr(fleet, kind)(name)) for kind, of_kind in names.items() for name in of_kind
    ]
    waves = _Waves()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(kind: str, session: Session) -> None:
        async with gate:
            try:
                facts = await session()
                waves.acknowledged[kind] += facts
            except (OSError, EOFError, TimeoutError):
                waves.failed[kind] += 1
            waves.sessions += 1

    began = time.monotonic()
    for _ in range(sessions):
        rng.shuffle(devices)
        for each in served:
            each.hang_up()
        await asyncio.gather(*(one(kind, session) for kind, session in devices))
        waves.resident.append(process.memory_info().rss)
        waves.open.append(process.num_fds())
    waves.seconds = time.monotonic() - began
    return waves


class _Waves:
    def __init__(self) -> None:
        self.acknowledged: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.sessions = 0
        self.seconds = 0.0
        self.resident: list[int] = []
        self.open: list[int] = []


def _told(
    context: Context, folder: Path, waves: _Waves, before: int, held: int, broken: int
) -> list[Result]:
    recorded: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    twice = 0
    for batch in journal_of(folder / "journal.db"):
        for event in codec.envelopes(batch):
            key = (event.source, event.id)
            twice += key in seen
            seen.add(key)
            for kind, adapter in _ADAPTERS.items():
                recorded[kind] += f'"adapter":"{adapter}"'.encode() in bytes(event.data)
    lost = {
        kind: missing
        for kind in _KINDS
        if (missing := waves.acknowledged[kind] - recorded[kind]) > 0
    }
    third = len(waves.resident) // 3
    early, late = max(waves.resident[: third + 1]), min(waves.resident[-third - 1 :])
    command = context.command("fleet")
    facts = sum(waves.acknowledged.values())
    shown = ", ".join(f"{kind} {waves.acknowledged[kind]:,}" for kind in _KINDS)
    return [
        Result(
            f"a day of {sum(_KINDS.values()) + _ASKED} devices, {waves.sessions:,} sessions "
            f"({broken:,} cut before their answer), {waves.seconds:.0f} s: descriptors held "
            "afterwards beside before",
            f"{held} / {before}, highest {max(waves.open)}",
            f"≤ +{_LEAK}", 0 <= held <= before + _LEAK, command=command,
        ),
        Result(
            "the same: resident, lowest of the last third beside highest of the first",
            f"{late / 1e6:.1f} / {early / 1e6:.1f} MB", f"≤ {_GROWTH:g}×",
            late <= early * _GROWTH, command=command,
        ),
        Result(
            f"the same: of {facts:,} acknowledged facts ({shown}) not recorded / recorded twice",
            f"{sum(lost.values())} / {twice}" + (f" {lost}" if lost else ""), "0 / 0",
            not lost and not twice, command=command,
        ),
        Result(
            "the same: sessions that nobody answered",
            f"{sum(waves.failed.values())} {dict(waves.failed) or ''}".strip(), "0",
            not waves.failed, command=command,
        ),
    ]  # fmt: skip


_ADAPTERS = {
    "native": "native", "pushing": "hikvision", "turnstile": "zkteco", "truck": "jt808",
    "camera": "gb28181",
}  # fmt: skip


def _name(kind: str, number: int) -> str:
    match kind:
        case "pushing":
            return f"025e10bb{number:04x}"
        case "turnstile":
            return f"CRJP2300{number:05d}"
        case "truck":
            return f"1391234{number:04d}"
        case "camera":
            return f"3402000000132000{number:04d}"
        case _:
            return f"door-{number:03d}"


def _configured(
    folder: Path, ports: Ports, names: dict[str, list[str]], asked: Sequence[int]
) -> tuple[Path, dict[str, str]]:
    folder.mkdir(parents=True, exist_ok=True)
    words: dict[str, str] = {}
    lines = [
        'compound = "c01"', 'gateway = "gw01"', 'data = "."',
        "[endpoint]", f"port = {ports.mqtt}", "anonymous = true",
        "[uplink]", f'hub_key = "{Signer.load_or_create(folder / "hub.key").public.hex()}"',
        "[uplink.broker]", "port = 1",
        "[http]", f"port = {ports.http}", 'allow = ["127.0.0.1/32"]', "max_per_address = 200",
    ]  # fmt: skip
    for name in names["pushing"]:
        words[name] = _word(folder, name)
        lines += [f"[http.devices.{name}]", f'password_file = "{name}.pass"']
    lines += ["[lines.trucks]", 'kind = "jt808"', f"port = {ports.trucks}"]
    lines += ["[lines.alarms]", 'kind = "gb28181"', 'transport = "udp"', f"port = {ports.alarms}"]
    for name in names["camera"]:
        words[name] = _word(folder, name)
        lines += [f"[lines.alarms.users.{name}]", f'password_file = "{name}.pass"']
    for number, port in enumerate(asked):
        lines += [f"[sources.gate-{number}]", 'kind = "hikvision"',
                  f'url = "http://127.0.0.1:{port}"']  # fmt: skip
    for name in names["turnstile"]:
        lines += [f"[devices.{name}]", 'role = "door"']
    for number, name in enumerate(names["truck"]):
        lines += [f"[devices.{name}]", f'name = "truck-{number}"']
    path = folder / "edge.toml"
    path.write_text("\n".join(lines) + "\n")
    return path, words


def _word(folder: Path, name: str) -> str:
    made = secrets.token_hex(12)
    (folder / f"{name}.pass").write_text(made)
    return made


def _terminal(number: int) -> Device:
    return Device(f"02:5e:10:cc:00:{number:02x}", f"DS-K1T{number:06d}")


def _now() -> datetime:
    return datetime.now(UTC)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
