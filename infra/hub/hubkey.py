"""The hub's own key changes hands at a start, before anything else is said.

    ordered       hub.key.next is there
    handed over   the last event of the old key's journal says so
    done          hub.key is the new one, and the old one is gone

Whoever dies between two of them goes on from there: the log says whether the second was reached.
"""

import logging
from pathlib import Path

from core import handover
from core.clock import Clock
from core.errors import EnvironmentFault
from core.keys import Signer
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.store.port import EventStore
from infra.hub import keyring
from infra.hub.keyring import Place
from infra.importing import staging, taking
from infra.importing.made import GATEWAY as IMPORT

log = logging.getLogger("hub.keys")

NAME = "hub.key"


def order(folder: Path) -> Signer:
    """The next start of the hub hands over. The key it will have then."""
    if not (folder / NAME).exists():
        raise EnvironmentFault(f"{folder / NAME}: missing. Start the hub once; it makes the first.")
    if staging.manifest(folder / taking.FOLDER) is not None:
        raise EnvironmentFault(
            f"{folder / taking.FOLDER}: an import is under way, signed as this key's. Start the "
            "hub, let it finish, and order the new key then."
        )
    return handover.order(folder / NAME)


def finish(place: Place, store: EventStore, keys: KeyStore, clock: Clock) -> Signer:
    """Whoever speaks from here on. Unavailable: call again."""
    path = place.folder / NAME
    signer = Signer.load_or_create(path)
    new = handover.ordered(path)
    if new is None:
        return signer
    history = keyring.read(store, place.folder)
    if not history.hubs or history.hubs[-1] != new.public.hex():
        own = OwnJournal(store, signer, clock, keys)
        trust = keyring.open_trust(place, store, signer.public, own.append, clock)
        # An import's keys are made from the hub's: they end with it.
        imports = [one for one in trust.history.enrolments() if one.gateway == IMPORT]
        ended = [keyring.revocation(one, "retired", "hub") for one in imports if one.speaks]
        trust.say([keyring.event_of(one, clock) for one in ended])
        trust.say([keyring.event_of(handover.rotated("hub", signer, new, actor="shell"), clock)])
    handover.complete(path)
    log.warning("the hub's key is %s now, handed over by %s", new.public.hex(), signer.public.hex())
    return new
