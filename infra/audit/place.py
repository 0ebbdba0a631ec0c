"""Where a hub keeps its log and what it signed of it."""

from pathlib import Path

import msgspec

from core.errors import EnvironmentFault
from core.store.open import Where
from core.tlog import lives
from core.tlog.lives import Life
from infra.rebuild import place


class SignedLog(msgspec.Struct, frozen=True):
    folder: Path
    where: Where
    life: Life


def signed_log(data: Path, config: Path | None) -> SignedLog:
    """EnvironmentFault when nothing was ever signed there."""
    found = place(data, config)
    life = lives.current(found.folder)
    if life is None:
        raise EnvironmentFault(
            f"{found.folder}: no signed log here. Name the hub's folder with --data, or its "
            "hub.toml with --config; a hub signs its log from its first start on."
        )
    return SignedLog(found.folder, found.where, life)
