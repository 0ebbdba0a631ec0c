"""`menwei pass`, `menwei command` and `menwei policy publish`: people's acts from a shell, by the
running hub's own API."""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from core.clock import SystemClock, parse_rfc3339, rfc3339
from core.errors import ConfigError

if TYPE_CHECKING:  # nobody waits for an HTTP client who asks for something else
    from infra.hub_api import HubApi

passes = typer.Typer(help="Visitors' passes: issue, revoke, show.", no_args_is_help=True)
orders = typer.Typer(help="Orders to gateways.", no_args_is_help=True)

DATA = Path("data")
Data = Annotated[Path, typer.Option("--data", help="The data folder of the running hub.")]
Compound = Annotated[str, typer.Option("--compound", help="Which compound.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays on record.")]


def mount(app: typer.Typer, policy: typer.Typer) -> None:
    """Puts these commands where the others are; `publish` goes beside `policy check`."""
    app.add_typer(passes, name="pass")
    app.add_typer(orders, name="command")
    policy.command("publish")(publish)


def publish(
    file: Annotated[Path, typer.Argument(help="The policy's TOML; - for standard input.")],
    compound: Compound,
    data: Data = DATA,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and compare only.")] = False,
) -> None:
    """Publish a policy to every gateway of a compound."""
    text = _read(file)
    query = {"dry_run": "true"} if dry_run else None
    path = f"policies/{quote(compound, safe='')}"
    made = _hub(data).json("admin", "POST", path, text=text, query=query)
    for line in made["warnings"]:
        print(f"warning: {line}", file=sys.stderr)
    for line in made["differences"]:
        print(line)
    print(
        f"version {made['version']} would be published"
        if dry_run
        else f"version {made['version']} published at position {made['position']}, "
        f"sent to {', '.join(made['gateways']) or 'no gateway'}"
    )


@passes.command("issue")
def issue(
    compound: Compound,
    hours: Annotated[float, typer.Option(min=0.1, max=8784.0, help="Good for so long.")] = 24.0,
    begins: Annotated[str, typer.Option("--from", help="RFC 3339; empty: now.")] = "",
    door: Annotated[list[str] | None, typer.Option(help="Again for each; none: all.")] = None,
    uses: Annotated[int, typer.Option(min=1, max=1000)] = 1,
    host: Annotated[str, typer.Option(help="Whom they visit.")] = "",
    plate: Annotated[str, typer.Option(help="Of their car.")] = "",
    name: Annotated[str, typer.Option(help="Sealed in the log.")] = "",
    phone: Annotated[str, typer.Option(help="Sealed in the log.")] = "",
    data: Data = DATA,
) -> None:
    """A new pass; its id and the text of its QR code."""
    start = _moment(begins)
    body = {
        "validFrom": rfc3339(start),
        "validTo": rfc3339(start + timedelta(hours=hours)),
        "doors": door or [],
        "uses": uses,
        "host": host,
        "plate": plate,
        "name": name,
        "phone": phone,
    }
    made = _hub(data).json("guard", "POST", f"passes/{quote(compound, safe='')}", body=body)
    print(made["passId"])
    print(made["text"])


@passes.command("revoke")
def revoke(
    pass_id: Annotated[str, typer.Argument()], compound: Compound, reason: Reason, data: Data = DATA
) -> None:
    """No gate takes it any more, from when it hears of it."""
    path = f"passes/{quote(compound, safe='')}/{quote(pass_id, safe='')}/revoke"
    made = _hub(data).json("guard", "POST", path, body={"reason": reason})
    print(f"revoked at position {made['position']}")


@passes.command("show")
def show(
    compound: Compound,
    pass_id: Annotated[str, typer.Argument(help="One; none: all.")] = "",
    qr: Annotated[Path | None, typer.Option(help="Write its code, .svg or .png.")] = None,
    data: Data = DATA,
) -> None:
    """Passes as JSON lines, or one pass's QR code as a picture."""
    api, path = _hub(data), f"passes/{quote(compound, safe='')}"
    if qr is not None:
        form = qr.suffix.removeprefix(".").lower()
        if not pass_id or form not in ("svg", "png"):
            raise ConfigError("--qr takes a pass id, and a file that ends in .svg or .png.")
        picture = api.raw("guard", "GET", f"{path}/{quote(pass_id, safe='')}/qr.{form}")
        qr.write_bytes(picture)
        return
    for one in api.json("guard", "GET", path)["passes"]:
        if pass_id in ("", one["passId"]):
            print(json.dumps(one, ensure_ascii=False))


@orders.command("open")
def open_door(
    door: Annotated[str, typer.Argument(help="Such as south-gate.")],
    compound: Compound,
    reason: Reason,
    gateway: Annotated[str, typer.Option(help="Where several speak for the compound.")] = "",
    data: Data = DATA,
) -> None:
    """Open a door now; the gateway obeys within ten seconds or not at all."""
    target = door if "/" in door else f"door/{door}"
    body = {"verb": "open", "target": target, "reason": reason, "gateway": gateway}
    made = _hub(data).json("guard", "POST", f"commands/{quote(compound, safe='')}", body=body)
    print(f"{made['id']} to {made['gateway']}, until {made['until']}")


def _hub(data: Path) -> "HubApi":
    from infra.hub_api import HubApi

    return HubApi(data)


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error


def _moment(text: str) -> datetime:
    if not text:
        return SystemClock().now()
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise ConfigError(
            f"--from {text[:40]}: not RFC 3339, such as 2026-11-20T08:00:00+08:00."
        ) from error
