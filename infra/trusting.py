"""`menwei journal trust`, and what `verify` says of the hub's log: believed up to where, or
refused and why (docs/recovery.md)."""

from rich.console import Console

from core.clock import Clock
from core.errors import BadProof, ConfigError, EnvironmentFault
from core.folder import claim
from core.tlog.head import TreeHead
from core.tlog.standing import witness_name
from edge.config import Settings
from edge.witness import state
from edge.witness import trust as decision


def trust(settings: Settings, reason: str, clock: Clock) -> None:
    """The hub's log is believed from its told head on. ConfigError without a reason or where
    nothing is refused, EnvironmentFault while the agent runs."""
    if not reason.strip():
        raise ConfigError("--reason: say why; it stands in the log for ever.")
    config, folder = settings.config, settings.folder
    if not folder.is_dir():
        raise EnvironmentFault(f"{folder}: no data folder here. Check `data` in edge.toml.")
    name = witness_name(config.compound, config.gateway)
    with claim(folder):  # says so if the agent runs
        made = decision.trust(folder, config.uplink.pin, name, reason.strip(), clock.now())
    Console().print(
        f"Refused for: {made.reason}\nBelieved until now: {_told(made.known)}\n"
        f"Believed from now on: {_told(made.trusted)}\n"
        "The next start of the agent says so in the log. Nothing is given up before the hub has "
        "proven that it holds it."
    )


def standing(settings: Settings) -> int:
    """Prints how the hub's log stands here; 1 when it is refused."""
    try:
        now = state.read(settings.folder)
    except BadProof as bad:
        Console().print(f"[red]hub's log: {bad}. Nothing it shows is believed.")
        return 1
    if now.refused:
        Console().print(
            f"[red]hub's log: refused ({now.refused}). Believed: {_told(now.head)}; "
            f"told: {_told(now.told_head)}. See docs/recovery.md, then `menwei journal trust`."
        )
        return 1
    Console().print(f"hub's log: {_told(now.head)}")
    for name, shown in now.proven.items():
        Console().print(f"  journal {name}: batch {shown.number} proven at {shown.position}")
    return 0


def _told(head: TreeHead | None) -> str:
    if head is None:
        return "no checkpoint"
    return f"{head.size} batches of {head.origin}, root {head.root.hex()[:16]}…"
