"""`menwei audit …`: what an auditor does. Each command imports what it needs when it runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from infra.audit.export import export

app = typer.Typer(help="The transparency log: prove, check, rebuild and renew it.")

DATA = Path("data")
DataOption = Annotated[Path, typer.Option("--data", help="The data folder.")]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="hub.toml; default: that of the data folder.")
]
KeyOption = Annotated[
    list[str] | None, typer.Option("--key", help="The log's key, name+id+base64. Repeatable.")
]


@app.command("prove")
def prove(
    what: Annotated[str, typer.Argument(metavar="POSITION|EVENT_ID", help="Which batch.")],
    data: DataOption = DATA,
    config: ConfigOption = None,
    url: Annotated[
        str, typer.Option(help="Ask a hub instead, https://host; any API token will do.")
    ] = "",
    token_file: Annotated[Path | None, typer.Option(help="File with the token for --url.")] = None,
) -> None:
    """Print the proof that a batch is in the log (C2SP tlog-proof). Exit 1 when it is not, or no
    checkpoint covers it yet."""
    from infra.audit.prove import prove as run_prove
    from infra.audit.remote import Hub

    hub = Hub.at(url, token_file) if url else None
    raise typer.Exit(run_prove(what, data, config, hub))


@app.command("check")
def check(
    proof: Annotated[Path, typer.Argument(help="The proof; - for standard input.")],
    frame: Annotated[Path | None, typer.Option(help="The batch's bytes.")] = None,
    leaf: Annotated[str, typer.Option(help="Or its leaf hash, 64 hex digits.")] = "",
    key: KeyOption = None,
    policy: Annotated[
        Path | None, typer.Option(help="Whose keys and cosignatures are enough (C2SP tlog-policy).")
    ] = None,
) -> None:
    """Does the proof hold? Needs no network and no hub. Exit 1 says what does not."""
    from infra.audit.check import check as run_check

    raise typer.Exit(run_check(proof, frame, leaf, key or [], policy))


@app.command("key")
def key(data: DataOption = DATA, config: ConfigOption = None) -> None:
    """The log's key, name+id+base64: what an auditor, a witness or a policy file names it by."""
    from infra.audit.key import own_key
    from infra.audit.place import signed_log

    print(own_key(signed_log(data, config)).encode())


@app.command("rebuild-tree")
def rebuild_tree(
    data: DataOption = DATA,
    config: ConfigOption = None,
    key: KeyOption = None,
    mend: Annotated[
        bool, typer.Option("--mend", help="Write damaged tiles anew; the hub must not run.")
    ] = False,
) -> None:
    """Compute the tree from what is stored, and hold it against the tiles and the newest
    checkpoint, which --key (or else the hub's own key) must have signed. Exit 1 names the first
    position that differs."""
    from infra.audit.rebuild_tree import rebuild_tree as run_rebuild_tree

    raise typer.Exit(run_rebuild_tree(data, config, key or [], mend=mend))


@app.command("renew")
def renew(
    config: Annotated[Path, typer.Option("--config", help="hub.toml")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the log for ever.")],
) -> None:
    """Begin a new life of the log, under a name of its own: after a restore, when what is stored
    is not what was signed. The hub must not run."""
    from infra.audit.renew import renew as run_renew

    raise typer.Exit(run_renew(config, reason))


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The pack.")],
    key: Annotated[
        str, typer.Option(help="The log's key, name+id+base64, or hex with --origin.")
    ] = "",
    origin: Annotated[str, typer.Option(help="The log's name.")] = "",
    policy: Annotated[
        Path | None, typer.Option(help="Log and witnesses that are trusted (C2SP tlog-policy).")
    ] = None,
    trusted: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint kept elsewhere. Repeatable.")
    ] = None,
    lang: Annotated[Literal["zh", "en"], typer.Option(help="Of what it says.")] = "zh",
) -> None:
    """Does all of an audit pack hold? Exit 1 names the first place that does not. The program that
    the pack holds as verify.py, and beyond it the lists for readers. Key and policy must come from
    elsewhere than the pack."""
    from infra.audit.verifier import Wish
    from infra.audit.verify import verify as run_verify

    raise typer.Exit(run_verify(Wish(file, key, origin, policy, tuple(trusted or ())), lang))


app.command("export")(export)
