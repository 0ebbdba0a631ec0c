"""`menwei audit renew`: a new life of the log, after a restore. The hub must not run.

Its first words are stored before the new life begins: died between the two, the log is still the
old one, which the hub does not sign, and who runs it again says them once more.
"""

import contextlib
from pathlib import Path

from core.clock import SystemClock
from core.errors import BadProof, ConfigError, EnvironmentFault, FatalError
from core.events.log import SUBJECT, Renewed
from core.folder import claim
from core.keys import Signer
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.store.open import open_store
from core.tlog import checkpoints, lives
from core.tlog.lives import Life
from infra.hub import config as hub_config
from infra.hub.transparency import events


def renew(config: Path, reason: str) -> int:
    settings = hub_config.read(config)
    compounds = {one.compound for one in settings.config.gateways}
    if not reason.strip():
        raise ConfigError("--reason: say why; it stands in the log for ever.")
    if not compounds:
        raise ConfigError(f"{config}: no gateways are enrolled: nobody would hear of it.")
    clock = SystemClock()
    with contextlib.ExitStack() as opened:
        opened.enter_context(claim(settings.folder))
        life = lives.current(settings.folder)
        if life is None:
            raise EnvironmentFault(f"{settings.folder}: no log was signed here. Start the hub.")
        signer = Signer.load_or_create(settings.folder / "hub.key")
        keys = opened.enter_context(contextlib.closing(KeyStore(settings.folder / "keys.db")))
        store = opened.enter_context(contextlib.closing(open_store(settings.store)))
        number = life.number + 1
        said = Renewed(
            origin=lives.named(life.first, number), reason=reason.strip(), previous=_previous(life)
        )
        OwnJournal(store, signer, clock, keys).append(events(SUBJECT, said, compounds, clock.now()))
        begun = lives.begun(settings.folder, number, life.first)
    print(f"{begun.origin}: begun. Start the hub; it signs everything that is stored.")
    return 0


def _previous(life: Life) -> str:
    """What was signed last, as far as it can be read."""
    try:
        newest = checkpoints.last(life.checkpoints)
    except (BadProof, FatalError):
        return ""
    return newest.checkpoint.encode().decode() if newest else ""
