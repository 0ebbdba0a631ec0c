"""`menwei run`: the whole system on one machine, under one data folder, until Ctrl-C."""

import asyncio
import logging
import signal
import sys
import time
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.panel import Panel

from core import handover
from core.clock import Clock
from core.errors import ConfigError, EnvironmentFault, MenweiError
from core.folder import claim
from core.keys import Signer
from core.postgres import database
from core.tasks import end
from infra.box import broker, layout, witness
from infra.box.layout import Box, Ports
from infra.hub_api import DIRECT, HubApi
from infra.parts import Part
from infra.ports import check_port, free_ports
from infra.registering.publish import publish
from infra.simulate.compound import Compound, known_devices
from infra.simulate.policy import policy_of
from infra.simulate.register import register_of
from projections.web.accounts import Accounts

log = logging.getLogger("box")

MQTT, INTAKE = 1883, 7080  # devices' ports where nothing else was asked for
_HOUR = 8  # simulated residents start their day when the box starts: something happens at once
_READY = 30.0  # seconds the console has to answer


class Options(msgspec.Struct, frozen=True, kw_only=True):
    data: Path
    http: int = 8080
    mqtt: int = MQTT
    intake: int = 0  # HTTP of devices; 0: 7080 and on, or free ones
    compounds: int = 1
    simulate: bool = True
    seed: int = 1
    health_s: float = 30.0
    store: str = ""
    witness: bool = False


async def run(options: Options, clock: Clock) -> int:
    """Exit code. ConfigError, or EnvironmentFault when this machine does not allow it."""
    if options.mqtt <= options.http < options.mqtt + options.compounds:
        raise ConfigError(f"--http and --mqtt are both {options.http}. Give each its own port.")
    _check_store(options.store)
    folder = options.data.absolute()
    lock = claim(folder)
    check_port("127.0.0.1", options.http, "--http")
    for port in range(options.mqtt, options.mqtt + options.compounds):
        check_port("127.0.0.1", port, "--mqtt")
    uplink, broker_port, beside, *free = free_ports(3 + 2 * options.compounds)
    ports = Ports(
        http=options.http,
        mqtt=options.mqtt,
        intake=_intake(options, free[: options.compounds]),
        uplink=uplink,
        broker=broker_port,
        witness=beside if options.witness else 0,
        admin=tuple(free[options.compounds :]),
    )
    box = Box(
        folder=folder, compounds=layout.names(options.compounds), ports=ports, store=options.store
    )
    devices = {name: known_devices(Compound(options.seed, name)) for name in box.compounds}
    layout.write(box, devices, options.health_s)
    accounts = Accounts(box.hub / "accounts.db", clock)
    password = accounts.first_password()
    accounts.close()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    waiting = [name for name in box.compounds if box.left_behind(name)]
    nats = Part("broker", [broker.program(), "-c", str(broker.write(box, waiting))])
    hub = Part("hub", _menwei("hub", "--config", str(box.hub / "hub.toml")))
    edges = [
        Part(f"edge {name}", _menwei("edge", "--config", str(box.edge(name) / "edge.toml")))
        for name in box.compounds
    ]
    devices_of = [_simulator(box, name, options.seed) for name in box.compounds]
    witnesses = [_witness(box)] if options.witness else []
    started = [nats, *witnesses, hub, *edges, *(devices_of if options.simulate else ())]
    watches = {asyncio.create_task(part.watch(), name=part.name): part for part in started}
    stopping = asyncio.create_task(stop.wait(), name="stop")
    ready = asyncio.create_task(_welcome(box, password), name="ready")
    moved_in = asyncio.create_task(
        _move_in(box, ready, options.seed if options.simulate else None, clock.now()),
        name="move in",
    )
    code = 0
    try:
        done, _ = await asyncio.wait((*watches, stopping), return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            code = task.result() or 1
            log.error("%s cannot run; everything stops", watches[task].name)
    finally:
        if password and not ready.done():  # it is shown now or never
            print(f"account admin, password {password} (shown once)", flush=True)
        await end(ready, moved_in, stopping)
        # Devices first, then gateways hand over what they hold, then the hub, then the broker.
        for group in (devices_of, edges, [hub], [nats, *witnesses]):
            await asyncio.gather(*(part.stop() for part in group))
        await end(*watches)
        lock.close()
    log.info("stopped; everything is in %s", folder)
    return code


async def _move_in(
    box: Box, ready: "asyncio.Task[None]", seed: int | None, started: datetime
) -> None:
    """Simulated compounds get the policy of their made-up property office, once; whatever is
    published later stays. Their register follows the trucks, which set out by when the box
    started; what stands in it already is not entered again."""
    await asyncio.wait([ready])
    if seed is None:
        return
    hub = HubApi(box.folder)
    for name in box.compounds:
        compound = Compound(seed, name)
        path, text = f"policies/{name}", policy_of(compound)
        try:
            held = await asyncio.to_thread(hub.json, "admin", "GET", path)
            if held["newest"] is None:
                await asyncio.to_thread(hub.raw, "admin", "POST", path, text=text)
                log.info("%s has the policy of its simulated residents", name)
        except MenweiError as error:
            log.warning("%s goes without a policy: %s", name, error)
        try:
            entries = register_of(compound, started, _HOUR)
            stored, _, _ = await asyncio.to_thread(publish, hub, entries, lambda _sent: None)
            log.info("%s has %d new entries of its register", name, stored)
        except MenweiError as error:
            log.warning("%s goes without a register: %s", name, error)


def _intake(options: Options, free: list[int]) -> tuple[int, ...]:
    """Ports of devices that push by HTTP. Whoever moves --mqtt runs beside another box, which has
    the usual ones."""
    wanted = tuple(range(options.intake or INTAKE, (options.intake or INTAKE) + options.compounds))
    if not options.intake and options.mqtt != MQTT:
        return tuple(free)
    taken = {options.http, *range(options.mqtt, options.mqtt + options.compounds)}
    try:
        if clash := taken.intersection(wanted):
            raise ConfigError(
                f"--http-intake: port {min(clash)} is another one's already. Give it its own."
            )
        for port in wanted:
            check_port("127.0.0.1", port, "--http-intake")
    except (ConfigError, EnvironmentFault):
        if options.intake:
            raise
        return tuple(free)
    return wanted


def _check_store(url: str) -> None:
    if database.is_url(url):
        if database.login(url).password:
            log.warning(
                "the password in --store is in the process list; leave it out and put it into "
                "~/.pgpass, PGPASSFILE or PGPASSWORD"
            )
    elif url and not url.startswith("sqlite:"):
        raise ConfigError("--store is neither postgresql://… nor sqlite:FILE. Correct it.")


def _menwei(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "infra.cli", *arguments]


def _witness(box: Box) -> Part:
    path = box.hub / "hub.key"
    signers = Signer.load_or_create(path), handover.ordered(path)
    config = witness.write(box, [one.public for one in signers if one is not None])
    return Part("witness", _menwei("witness", "--config", str(config)))


def _simulator(box: Box, compound: str, seed: int) -> Part:
    user = f"devices-{compound}"
    return Part(
        f"sim {compound}",
        _menwei(
            "simulate",
            "--mqtt", f"127.0.0.1:{box.devices_port(compound)}",
            "--username", user,
            "--password-file", str(box.password_file(user)),
            "--compound", compound,
            "--seed", str(seed),
            "--hour", str(_HOUR),
            "--evidence", str(box.edge(compound) / "media"),
        ),
    )  # fmt: skip


async def _welcome(box: Box, password: str | None) -> None:
    address = f"http://127.0.0.1:{box.ports.http}"
    until = time.monotonic() + _READY
    devices = [box.devices_port(name) for name in box.compounds]
    intakes = [box.intake_port(name) for name in box.compounds]
    while not (
        await asyncio.to_thread(_answers, f"{address}/healthz")
        and all([await _listening(port) for port in (*devices, *intakes)])
    ):
        if time.monotonic() > until:
            log.error("%s or the devices' port is not there yet; the lines above say why", address)
            break  # the password is shown now or never
        await asyncio.sleep(0.1)
    lines = [f"console 控制台   {address}", "account 账号   admin"]
    lines.append(
        f"password 密码   {password}   (shown once 仅显示一次)"
        if password
        else "password 密码   as printed at first start; `menwei password admin` makes a new one"
    )
    lines += [
        f"devices 设备   mqtt://127.0.0.1:{port}   http://127.0.0.1:{pushed}"
        + (f"   ({name})" if len(devices) > 1 else "")
        for name, port, pushed in zip(box.compounds, devices, intakes, strict=True)
    ]
    Console(highlight=False).print(Panel("\n".join(lines), title="Menwei 门卫", expand=False))


async def _listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _answers(url: str) -> bool:
    try:
        with DIRECT.open(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
