"""`menwei gateway`: whose signature a running hub believes; and orders for a new key, of a gateway
and of the hub, which they obey at their next start (docs/keys.md)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from core.errors import EnvironmentFault

if TYPE_CHECKING:  # nobody waits for an HTTP client who asks for something else
    from infra.hub_api import HubApi

gateways = typer.Typer(help="Which gateways the running hub believes.", no_args_is_help=True)

DATA = Path("data")
Data = Annotated[Path, typer.Option("--data", help="The data folder of the running hub.")]
Key = Annotated[str, typer.Option("--key", help="Public key, 64 hex digits.")]


@gateways.command("list")
def listed(data: Data = DATA) -> None:
    """Every key, and what became of it."""
    told = _hub(data).json("auditor", "GET", "keys")
    key = Column("key", overflow="fold")  # whole: it is copied from here
    table = Table("role", "compound", "gateway", key, "from", "state")
    for one in told["keys"]:
        table.add_row(
            one["role"], one["compound"], one["gateway"], one["key"], str(one["begins"]),
            _state(one),
        )  # fmt: skip
    Console().print(table)


@gateways.command("enrol")
def enrol(
    compound: Annotated[str, typer.Option("--compound")],
    gateway: Annotated[str, typer.Option("--gateway", help="Its name.")],
    key: Key,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays on record.")],
    data: Data = DATA,
) -> None:
    """Believe a gateway from now on; the key is the one that `menwei edge` prints."""
    body = {"compound": compound, "gateway": gateway, "key": key, "reason": reason}
    _say(data, "enrol", body, f"{compound}/{gateway} is believed")


@gateways.command("rotate")
def rotate(
    key: Key,
    new: Annotated[str, typer.Option("--new", help="The new public key.")],
    consent: Annotated[str, typer.Option(help="The old key's signature, 128 hex digits.")],
    proof: Annotated[str, typer.Option(help="The new key's signature, 128 hex digits.")],
    data: Data = DATA,
) -> None:
    """For a gateway that cannot tell its hub: what `menwei edge rotate-key` printed, by hand."""
    body = {"key": key, "new": new, "consent": consent, "proof": proof}
    _say(data, "rotate", body, f"{new[:16]}… is believed in the place of {key[:16]}…")


@gateways.command("revoke")
def revoke(
    key: Key,
    reason: Annotated[
        Literal["lost", "stolen", "retired", "compromised"], typer.Option("--reason")
    ],
    data: Data = DATA,
) -> None:
    """Take nothing that this key signs, from now on and for ever. Also a former key of the hub."""
    _say(data, "revoke", {"key": key, "reason": reason}, f"{key[:16]}… is revoked")


def order_edge(config: Path) -> None:
    """The gateway's next start hands over."""
    from core import handover
    from core.keys import Signer
    from edge import config as edge_config
    from edge import rotation

    settings = edge_config.read(config)
    path = settings.folder / rotation.NAME
    if not path.exists():
        raise EnvironmentFault(f"{path}: missing. Start the agent once; it makes the first key.")
    new = handover.order(path)
    over = handover.rotated(
        "gateway", Signer.load_or_create(path), new,
        compound=settings.config.compound, gateway=settings.config.gateway,
    )  # fmt: skip
    print(f"new key  {over.new}")
    print("The agent hands over when it starts next; the hub needs nobody's help then. Only where")
    print("the old journal can no longer be delivered, at the hub:")
    print(
        f"  menwei gateway rotate --key {over.old} --new {over.new} "
        f"--consent {over.consent} --proof {over.proof}"
    )


def order_hub(config: Path) -> None:
    """The hub's next start hands over."""
    from core.tlog import lives
    from core.tlog.checkpoint import log_key
    from infra.hub import config as hub_config
    from infra.hub import hubkey

    folder = hub_config.read(config).folder
    new = hubkey.order(folder)
    print(f"new key  {new.public.hex()}")
    life = lives.current(folder)
    if life is not None:
        print(f"log key  {log_key(life.origin, new.public).encode()}")
        print("Witnesses of the log need that one beside the old one, before the hub is restarted.")
    print("The hub hands over when it starts next, and gateways follow by themselves.")


def _hub(data: Path) -> "HubApi":
    from infra.hub_api import HubApi

    return HubApi(data)


def _say(data: Path, what: str, body: dict[str, str], done: str) -> None:
    made = _hub(data).json("admin", "POST", f"keys/{what}", body=body)
    print(f"{done}, from position {made['position']} on")


def _state(one: dict[str, Any]) -> str:
    if one["revoked"]:
        return f"revoked at {one['revoked']} ({one['reason']})"
    if one["rotated"]:
        return f"handed over at {one['rotated']}"
    return "believed"
