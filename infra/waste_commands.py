"""`menwei waste …`: the district's figures and papers from a shell, by the running hub's API."""

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

import typer

from core.errors import EnvironmentFault
from infra.quality_table import quality_lines

if TYPE_CHECKING:
    from projections.web.accounts import Role

app = typer.Typer(
    help="The district's waste: balance, findings, routes, ledgers.", no_args_is_help=True
)

DATA = Path("data")
Data = Annotated[Path, typer.Option("--data", help="The data folder of the running hub.")]
AsOf = Annotated[str, typer.Option("--asof", help="As known at a position or an RFC 3339 time.")]
From = Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")]
To = Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.")]
Compound = Annotated[str, typer.Option("--compound", help="One compound; empty: all.")]
Json = Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")]
Kind = Literal["recyclable", "hazardous", "food", "residual", ""]


@app.command("balance")
def balance(
    since: From,
    until: To,
    by: Annotated[
        Literal["trip", "day", "stream", "compound", "facility"], typer.Option(help="Cut by.")
    ] = "day",
    compound: Compound = "",
    category: Annotated[Kind, typer.Option(help="One stream; empty: all.")] = "",
    facility: Annotated[str, typer.Option(help="One facility; empty: all.")] = "",
    asof: AsOf = "",
    whole: Json = False,
    data: Data = DATA,
) -> None:
    """What compounds gave, what facilities took in, and the named gaps between, to the gram."""
    query = {"from": since, "to": until, "by": by, "asof": asof}
    query |= {"compound": compound, "category": category, "facility": facility}
    found = _ask(data, "balance", query)
    if whole:
        _print([found])
        return
    for line in (*found["lines"], {**found["total"], "key": "="}):
        gaps = " ".join(f"{one['name']} {_kg(one['grams'])}" for one in line.get("gaps", ()))
        mass = f"{_kg(line['liftedG'])} - {_kg(line['receivedG'])} kg"
        print(f"{line['key'] or '?'}\t{mass}\t{gaps}".rstrip())


@app.command("findings")
def findings(
    since: From,
    until: To,
    kind: Annotated[str, typer.Option(help="Such as missed-bin; empty: all.")] = "",
    compound: Compound = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 1000,
    asof: AsOf = "",
    data: Data = DATA,
) -> None:
    """What is not as it should be, one a line as JSON; how many of each kind at the end."""
    query = {"from": since, "to": until, "kind": kind, "compound": compound, "asof": asof}
    found = _ask(data, "findings", {**query, "limit": str(limit)})
    _print(found["findings"])
    counts = ", ".join(f"{count} {name}" for name, count in found["kinds"].items())
    rest = "" if found["complete"] else f"; only the newest {limit} are listed"
    print(f"{counts or 'nothing found'}{rest}", file=sys.stderr)


@app.command("routes")
def routes(
    day: Annotated[str, typer.Option(help="YYYY-MM-DD; empty: today.")] = "",
    asof: AsOf = "",
    data: Data = DATA,
) -> None:
    """A day's routes with their progress, those in trouble first; then the bins they missed."""
    found = _ask(data, "routes", {"day": day, "asof": asof})
    _print((*found["routes"], *found["missed"]))


@app.command("league")
def league(since: From, until: To, asof: AsOf = "", data: Data = DATA) -> None:
    """Compounds beside each other, the best first, with the causes of their score."""
    _print(_ask(data, "league", {"from": since, "to": until, "asof": asof})["compounds"])


@app.command("quality")
def quality(
    compound: Annotated[str, typer.Option("--compound", help="Which one.")],
    since: From,
    until: To,
    asof: AsOf = "",
    whole: Json = False,
    data: Data = DATA,
) -> None:
    """How well a compound, its points and its buildings sort, with what cost them points; and what
    a demonstration compound has to show."""
    query = {"from": since, "to": until, "asof": asof}
    found = _ask(data, f"quality/{quote(compound, safe='')}", query)
    if whole:
        _print([found])
        return
    print("\n".join(quality_lines(found)))


@app.command("ledger")
def ledger(
    compound: Annotated[str, typer.Argument()],
    month: Annotated[str, typer.Argument(help="YYYY-MM.")],
    form: Annotated[
        Literal["csv", "xlsx", "pdf", "json"], typer.Option("--format", help="Of the file.")
    ] = "pdf",
    out: Annotated[
        Path | None, typer.Option(help="The file; default: COMPOUND-MONTH.FORMAT here.")
    ] = None,
    lang: Annotated[Literal["zh", "en"], typer.Option(help="Of the file.")] = "zh",
    revision: Annotated[
        int, typer.Option(min=0, help="That one, made again from the log; 0: the newest.")
    ] = 0,
    revised: Annotated[
        bool, typer.Option("--revised", help="A new revision, if the log now says otherwise.")
    ] = False,
    asof: AsOf = "",
    data: Data = DATA,
) -> None:
    """A compound's month as a file: kind, quantity, transporter, destination. On record."""
    query = {"format": form, "lang": lang, "asof": asof}
    query |= {"revision": str(revision) if revision else "", "revised": "true" if revised else ""}
    path = f"ledger/{quote(compound, safe='')}/{quote(month, safe='')}"
    content = _raw(data, "guard", path, query)
    file = out or Path(f"{compound}-{month}.{form}")
    try:
        file.write_bytes(content)
    except OSError as error:
        raise EnvironmentFault(
            f"{file}: cannot be written ({error.strerror}). Name another with --out."
        ) from error
    print(f"{file}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


@app.command("fiware")
def fiware(
    model: Annotated[Literal["WasteContainer", "WasteObserved"], typer.Argument()],
    since: Annotated[str, typer.Option("--from", help="Of lifts: first day.")] = "",
    until: Annotated[str, typer.Option("--to", help="Of lifts: last day.")] = "",
    compound: Compound = "",
    short: Annotated[bool, typer.Option("--key-values", help="Without NGSI-LD's types.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 10_000,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    asof: AsOf = "",
    data: Data = DATA,
) -> None:
    """Bins or lifts as FIWARE entities, one a line."""
    query = {"from": since, "to": until, "compound": compound, "asof": asof}
    query |= {"options": "keyValues" if short else "", "limit": str(limit), "offset": str(offset)}
    _print(_ask(data, f"fiware/{model}", query))


def _ask(data: Path, path: str, query: dict[str, str]) -> Any:
    return json.loads(_raw(data, "viewer", path, query))


def _raw(data: Path, role: "Role", path: str, query: dict[str, str]) -> bytes:
    """As of a moment long ago, the hub reads its log again from before it: minutes, which a
    terminal shows to pass."""
    from rich.console import Console

    from infra.hub_api import LONG, HubApi

    hub = HubApi(data, LONG)
    given = {name: value for name, value in query.items() if value}
    console = Console(stderr=True)
    if not console.is_terminal:
        return hub.raw(role, "GET", f"waste/{path}", query=given)
    with console.status("正在等待中心应答 / waiting for the hub"):
        return hub.raw(role, "GET", f"waste/{path}", query=given)


def _print(lines: Iterable[Any]) -> None:
    for one in lines:
        print(json.dumps(one, ensure_ascii=False))


def _kg(grams: int) -> str:
    return f"{grams / 1000:,.3f}"
