"""What the facts of doors and readers do to what a gate remembers of its place.

A fact that comes late begins nothing here. What it ends has ended: a door that was shut while
nobody listened does not keep its interlock, and a fire that is over lifts no check any more.
"""

from core.event import Data, Draft
from core.events import access, door
from core.policy import standing as stands
from core.policy.book import Book, instant
from core.policy.standing import EVERYWHERE
from core.site import Site
from edge.gate import screening
from edge.gate.credentials import hash_of
from edge.gate.desk import has_room, not_taken
from edge.gate.turn import Turn
from edge.watch.fact import Fact, key_of

SEEN: frozenset[type[Data]] = frozenset({
    door.Opened, door.Closed, door.StateReported, door.ModeChanged, door.FireReleased,
    door.FireEnded, access.NotTaken, access.Granted, access.TemperatureMeasured,
})  # fmt: skip
_DOORS = ("door/", "gate/")


def follow(turn: Turn, book: Book, fact: Fact, draft: Draft) -> None:
    site, data = book.site, fact.data
    name = site.meant(key_of(fact.subject), fact.device)
    if isinstance(data, (door.FireReleased, door.FireEnded)):
        _fire(turn, site, name, fact)  # the relay's word, whichever device it is
    elif isinstance(data, access.TemperatureMeasured):
        screening.measured(turn, site, fact)  # a thermometer's, beside the door
    elif not site.heeds(name, fact.device):
        return
    elif isinstance(data, door.Closed):
        _leaf(turn, site, name, fact, "closed")
    elif not fact.live:
        return
    elif isinstance(data, door.Opened):
        _leaf(turn, site, name, fact, "open")
    elif isinstance(data, door.StateReported):
        _leaf(turn, site, name, fact, data.physical)
        if data.mode:
            _mode(turn, site, name, data.mode)
    elif isinstance(data, door.ModeChanged):
        _mode(turn, site, name, data.mode)
    elif isinstance(data, access.NotTaken):
        not_taken(turn, book, data.grant, name, fact.now)
    elif isinstance(data, access.Granted):
        _granted(turn, book, name, data, fact, draft)


def _leaf(turn: Turn, site: Site, name: str, fact: Fact, physical: str) -> None:
    if name not in site.doors or not site.doors[name].interlock:  # nobody else asks
        return
    standing = turn.standing
    if physical == "open":
        turn.stands(stands.opened(standing, name, fact.now))
    elif physical == "closed" and (
        fact.live or instant(fact.at) >= standing.open.get(name, float("inf"))
    ):
        turn.stands(stands.closed(standing, name))


def _mode(turn: Turn, site: Site, name: str, told: door.DoorMode) -> None:
    if has_room(site, turn.standing.modes, name):
        turn.stands(stands.mode(turn.standing, name, told))


def _fire(turn: Turn, site: Site, name: str, fact: Fact) -> None:
    """Of one door; of all, where the relay's subject is none."""
    key, standing = name if fact.subject.startswith(_DOORS) else EVERYWHERE, turn.standing
    if isinstance(fact.data, door.FireReleased):
        if fact.live and (key == EVERYWHERE or has_room(site, standing.fire, key)):
            turn.stands(stands.fire_released(standing, key, fact.now))
    elif fact.live or instant(fact.at) >= standing.fire.get(key, float("inf")):
        turn.stands(stands.fire_ended(standing, key))


def _granted(
    turn: Turn, book: Book, name: str, data: access.Granted, fact: Fact, draft: Draft
) -> None:
    """A reader that decides itself moves people too: whom, the policy may know."""
    fields = draft.personal.fields if draft.personal is not None else {}
    owner = book.bearers.get((data.credential, hash_of(data.credential, fields, book.policy.salt)))
    bearer = owner.person.ref if owner is not None else ""
    turn.stands(stands.taken(turn.standing, book.site, name, data.direction, bearer, fact.now))
