"""What `menwei` can be told. Each part imports only what it needs, so that it starts quickly."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from infra import (
    camera_commands,
    district_commands,
    import_commands,
    key_commands,
    media_commands,
    pass_commands,
    policy_commands,
    register_commands,
    replay_commands,
    rules_commands,
    waste_commands,
)
from infra.audit import commands as audit_commands
from infra.witness import commands as witness_commands

app = typer.Typer(
    help="Menwei 门卫: the gate log that proves nothing is missing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
DATA = Path("data")

DataOption = Annotated[Path, typer.Option("--data", help="The data folder.")]


@app.command()
def run(
    data: DataOption = DATA,
    http: Annotated[int, typer.Option(min=1, max=65535, help="Port of the console.")] = 8080,
    mqtt: Annotated[int, typer.Option(min=1, max=65535, help="Port for devices.")] = 1883,
    http_intake: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port for devices that push by HTTP; 0: 7080 if free."),
    ] = 0,
    compounds: Annotated[int, typer.Option(min=1, max=32, help="How many gateways.")] = 1,
    simulate: Annotated[bool, typer.Option(help="Run simulated compounds.")] = True,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 1,
    store: Annotated[
        str, typer.Option(help="postgresql://user@host/database; empty: SQLite under --data.")
    ] = "",
    witness: Annotated[
        bool, typer.Option("--witness", help="Run a witness of the log beside it, to look at.")
    ] = False,
) -> None:
    """The whole system on this machine, in the foreground, until Ctrl-C."""
    from core.clock import SystemClock
    from infra.box.box import Options
    from infra.box.box import run as run_box

    options = Options(
        data=data,
        http=http,
        mqtt=mqtt,
        intake=http_intake,
        compounds=compounds,
        simulate=simulate,
        seed=seed,
        store=store,
        witness=witness,
    )
    raise typer.Exit(asyncio.run(run_box(options, SystemClock())))


edge_app = typer.Typer(invoke_without_command=True)
hub_app = typer.Typer(invoke_without_command=True)
app.add_typer(edge_app, name="edge")
app.add_typer(hub_app, name="hub")


@edge_app.callback()
def edge(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="edge.toml")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the configuration.")] = False,
) -> None:
    """The agent on a gateway."""
    if context.invoked_subcommand is not None:
        return
    from core.clock import SystemClock
    from edge import agent
    from edge import config as edge_config

    settings = edge_config.read(_named(config))
    if not check:
        asyncio.run(agent.run(settings, SystemClock()))


@edge_app.command("rotate-key")
def edge_rotate_key(
    config: Annotated[Path, typer.Option("--config", help="edge.toml")],
) -> None:
    """A new key for this gateway, from its next start on; nothing that waits is lost."""
    key_commands.order_edge(config)


@hub_app.callback()
def hub(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="hub.toml")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the configuration.")] = False,
) -> None:
    """The hub: ingest, event store, views, console and API."""
    if context.invoked_subcommand is not None:
        return
    from core.clock import SystemClock
    from infra.hub import config as hub_config
    from infra.hub import hub as hub_program

    settings = hub_config.read(_named(config))
    if not check:
        asyncio.run(hub_program.run(settings, SystemClock()))


@hub_app.command("rotate-key")
def hub_rotate_key(
    config: Annotated[Path, typer.Option("--config", help="hub.toml")],
) -> None:
    """A new key for this hub, from its next start on; gateways follow by themselves."""
    key_commands.order_hub(config)


def _named(config: Path | None) -> Path:
    if config is None:
        raise typer.BadParameter("name the configuration file", param_hint="--config")
    return config


@app.command(hidden=True)
def history(config: Annotated[Path, typer.Argument(help="hub.toml")]) -> None:
    """The history's process; the hub starts it."""
    from core.clock import SystemClock
    from infra.hub import config as hub_config
    from infra.hub import history as history_program

    history_program.run(hub_config.read(config), SystemClock())


@app.command()
def simulate(
    mqtt: Annotated[str, typer.Option(help="Broker, host:port.")] = "127.0.0.1:1883",
    username: Annotated[str, typer.Option()] = "",
    password_file: Annotated[Path | None, typer.Option(help="File with the password.")] = None,
    compound: Annotated[str, typer.Option()] = "c01",
    seed: Annotated[int, typer.Option()] = 1,
    rate: Annotated[float | None, typer.Option(help="Messages a second; none: as the day.")] = None,
    duration: Annotated[float | None, typer.Option(help="Seconds; none: until stopped.")] = None,
    speed: Annotated[float, typer.Option(help="How many times faster than the clock.")] = 1.0,
    hour: Annotated[
        int | None, typer.Option(min=0, max=23, help="Live as if it was so late.")
    ] = None,
    faults: Annotated[str, typer.Option(help="name=rate,… : see README.")] = "",
    record: Annotated[Path | None, typer.Option(help="Write what was sent as JSON lines.")] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="The gateway's folder of pictures; none: no cameras there.")
    ] = None,
) -> None:
    """A simulated compound that publishes like its devices would."""
    from infra.simulate.command import Options
    from infra.simulate.command import simulate as run_simulator

    options = Options(
        mqtt=mqtt,
        username=username,
        password_file=password_file,
        compound=compound,
        seed=seed,
        rate=rate,
        duration=duration,
        speed=speed,
        hour=hour,
        faults=faults,
        record=record,
        evidence=evidence,
    )
    raise typer.Exit(run_simulator(options))


@app.command()
def decode(
    file: Annotated[Path, typer.Argument(help="Raw payload, as it came; - for standard input.")],
    topic: Annotated[str, typer.Option(help="Topic it came on.")] = "",
    adapter: Annotated[str, typer.Option(help="Adapter to use, whatever the topic.")] = "",
    zone: Annotated[str, typer.Option(help="Zone of zone-less device times.")] = "Asia/Shanghai",
) -> None:
    """The events a raw payload becomes, as JSON lines, or why it would be set aside (exit 1)."""
    from infra.decode import decode as run_decode

    raise typer.Exit(run_decode(file, topic, adapter, zone))


@app.command()
def devices(
    markdown: Annotated[bool, typer.Option("--markdown", help="As docs/devices.md.")] = False,
) -> None:
    """What is supported, by kind, device, event and direction."""
    from rich.console import Console

    from infra import devices as table

    if markdown:
        print(table.markdown(), end="")
    else:
        table.show(Console())


@app.command()
def token(
    data: DataOption = DATA,
    role: Annotated[str, typer.Option(help="viewer, guard, auditor or admin.")] = "viewer",
) -> None:
    """Print one API token for `Authorization: Bearer`."""
    from infra.access import new_token

    print(new_token(data, role))


@app.command()
def password(
    account: Annotated[str, typer.Argument(help="Account name.")] = "admin",
    data: DataOption = DATA,
    role: Annotated[str, typer.Option(help="viewer, guard, auditor or admin.")] = "admin",
) -> None:
    """Give an account a new generated password, printed once. Makes the account if needed."""
    from infra.access import new_password

    print(new_password(data, account, role))


@app.command()
def rebuild(
    data: DataOption = DATA,
    view: Annotated[str, typer.Option(help="One view; default: all.")] = "",
    config: Annotated[
        Path | None, typer.Option(help="hub.toml; default: that of the data folder.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one a core.")] = 0,
) -> None:
    """Fold views again from the log and compare with the live ones, byte for byte."""
    from infra.rebuild import rebuild as run_rebuild

    raise typer.Exit(run_rebuild(data, view, config, workers))


journal = typer.Typer(help="A gateway's journal files: look at them, begin a new epoch.")
app.add_typer(journal, name="journal")

app.add_typer(media_commands.app, name="media")
app.add_typer(key_commands.gateways, name="gateway")
app.add_typer(rules_commands.app, name="rules")
app.add_typer(policy_commands.app, name="policy")
app.add_typer(register_commands.app, name="register")
app.add_typer(waste_commands.app, name="waste")
app.add_typer(district_commands.app, name="district")
app.add_typer(witness_commands.app, name="witness")
app.add_typer(audit_commands.app, name="audit")
witness_commands.mount(audit_commands.app)
pass_commands.mount(app, policy_commands.app)
import_commands.mount(app)
replay_commands.mount(app)
camera_commands.mount(app)

EdgeOption = Annotated[Path, typer.Option("--config", help="edge.toml")]


@journal.command("verify")
def journal_verify(config: EdgeOption) -> None:
    """Read every batch of every journal file; exit 1 if one is not what was committed, or if the
    hub's log is refused."""
    from edge import config as edge_config
    from infra.journal import verify
    from infra.trusting import standing

    settings = edge_config.read(config)
    raise typer.Exit(max(verify(settings), standing(settings)))


@journal.command("renew")
def journal_renew(
    config: EdgeOption,
    reason: Annotated[str, typer.Option(help="Why; it stands in the log for ever.")],
) -> None:
    """Begin a new epoch at the next start: after a clone, an old image, or a hub that lost data."""
    from edge import config as edge_config
    from infra.journal import renew

    renew(edge_config.read(config), reason)


@journal.command("trust")
def journal_trust(
    config: EdgeOption,
    reason: Annotated[str, typer.Option(help="Why, naming nobody; it stands in the log for ever.")],
) -> None:
    """Believe the hub's log again, as it was told when this gateway refused it."""
    from core.clock import SystemClock
    from edge import config as edge_config
    from infra.trusting import trust

    trust(edge_config.read(config), reason, SystemClock())
