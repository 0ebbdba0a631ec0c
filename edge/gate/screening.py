"""Body temperature: one that is too high holds the gate until staff release it, or until the hold
ends by itself. Off unless the site says otherwise. The chain's correlation is the measurement."""

from datetime import UTC, datetime
from typing import Literal

from core.events.access import ScreeningHeld, ScreeningReleased, TemperatureMeasured
from core.policy import standing as stands
from core.policy.standing import Standing
from core.site import Site
from edge.gate.desk import has_room
from edge.gate.turn import Turn
from edge.watch.fact import Fact, key_of

Outcome = Literal["admitted", "turned-away", "expired"]
OUTCOMES: dict[str, Outcome] = {"admitted": "admitted", "turned-away": "turned-away"}


def measured(turn: Turn, site: Site, fact: Fact) -> None:
    data, rule = fact.data, site.screening
    assert isinstance(data, TemperatureMeasured)
    if not rule.enabled or not fact.live:
        return
    if not data.abnormal and data.temperature_cel <= rule.limit_cel:
        return
    door = site.meant(key_of(fact.subject), fact.device)
    holds = turn.standing.holds
    if door in holds or not has_room(site, holds, door):
        return  # one chain at a time
    held = ScreeningHeld(
        measured=fact.id, temperature_cel=data.temperature_cel, subject_ref=data.subject_ref
    )
    turn.say(held, fact.device, fact.subject, cause=fact.id, chain=fact.id)
    turn.stands(stands.held(turn.standing, site, door, fact.id, fact.now))


def release(
    turn: Turn, door: str, outcome: Outcome, *, actor: str = "", command: str = "", of: str = "",
    at: datetime | None = None,
) -> bool:  # fmt: skip
    """False when that gate is not held. `of`: the measurement that is meant, wherever it was made:
    by now somebody else may stand there."""
    holds = turn.standing.holds
    if of:
        door = next((name for name, one in holds.items() if one.measured == of), "")
    hold = holds.get(door)
    if hold is None:
        return False
    released = ScreeningReleased(
        measured=hold.measured, outcome=outcome, actor=actor, command=command
    )
    cause = command or hold.measured
    turn.say(released, "", f"door/{door}", at=at, cause=cause, chain=hold.measured)
    turn.stands(stands.released(turn.standing, door))
    return True


def expire(turn: Turn) -> None:
    """In order of their ends, with the moment at which each ended."""
    now = turn.now.timestamp()
    over = sorted((hold.until, door) for door, hold in turn.standing.holds.items())
    for until, door in over:
        if until <= now:
            release(turn, door, "expired", at=datetime.fromtimestamp(until, UTC))


def due(standing: Standing) -> datetime | None:
    if not standing.holds:
        return None
    return datetime.fromtimestamp(min(one.until for one in standing.holds.values()), UTC)
