"""The newest policy of each compound on the hub's disk, sealed: what names persons stays here.

Publishing is three steps. The document is put aside as `pending`; then `policy.published` enters
the log; then it becomes `current`. Dying between any two is settled by looking whether the log
has it: then it is current, otherwise it never was.
"""

from collections.abc import Mapping, Sequence

import msgspec

from core import codec
from core.batch import parse
from core.catalog import Catalog
from core.errors import FatalError
from core.event import Recorded
from core.events.policy import Published
from core.policy.document import Policy
from core.policy.signed import PolicyRefused, one_of, read_document
from core.store.port import EventStore
from infra.hub.vault import Vault

_PENDING, _CURRENT = "pending", "current"
_KEPT = 50  # versions whose documents stay, newest last
_PAGE, _PAGE_BYTES = 64, 4_000_000


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One version, whole. `head`: of the log before its event was appended. `register`:
    reference → name. `ends`: revoked pass → its own end, after which it need not be named.
    `times`: version → in force from."""

    version: int
    head: int
    sha256: str
    document: bytes
    source: str
    register: Mapping[str, str] = {}
    ends: Mapping[str, int] = {}
    times: Mapping[int, str] = {}


class Held(msgspec.Struct, frozen=True, kw_only=True):
    stored: Stored
    policy: Policy


_READ = msgspec.json.Decoder(Stored)


class PolicyFiles:
    """Owns the vault. One thread at a time."""

    def __init__(
        self, vault: Vault, log: EventStore, catalog: Catalog, hub_keys: Sequence[bytes]
    ) -> None:
        """`hub_keys`: this hub's, former ones too."""
        self._vault = vault
        self._log = log
        self._catalog = catalog
        self._hub_keys = hub_keys

    def current(self, compound: str) -> Held | None:
        """After settling what was pending. FatalError for a file that is not what was written."""
        current = self._read(compound, _CURRENT)
        pending = self._read(compound, _PENDING)
        if pending is None:
            return current
        newer = current is None or pending.stored.version > current.stored.version
        if newer and self._logged(compound, pending.stored):
            self.adopt(compound, pending.stored)
            return pending
        self._vault.remove(f"{compound}/{_PENDING}")
        return current

    def put_aside(self, compound: str, stored: Stored) -> None:
        self._vault.write(f"{compound}/{_PENDING}", msgspec.json.encode(stored))

    def adopt(self, compound: str, stored: Stored) -> None:
        """It stands in the log: it is the newest from here on."""
        self._vault.write(f"{compound}/{stored.version:09}", stored.document)
        self._vault.write(f"{compound}/{_CURRENT}", msgspec.json.encode(stored))
        self._vault.remove(f"{compound}/{_PENDING}")
        versions = [name for name in self._vault.names(compound) if name.isdecimal()]
        for name in versions[:-_KEPT]:
            self._vault.remove(f"{compound}/{name}")

    def _read(self, compound: str, name: str) -> Held | None:
        found = self._vault.read(f"{compound}/{name}")
        if found is None:
            return None
        stored = _READ.decode(found)
        try:
            key = one_of(self._hub_keys, stored.document)
            policy = read_document(stored.document, key, compound)
        except PolicyRefused as refused:
            raise FatalError(
                f"the stored policy of {compound} is not this hub's ({refused}). Restore hub.key "
                "together with the folder of policies."
            ) from refused
        return Held(stored=stored, policy=policy)

    def _logged(self, compound: str, stored: Stored) -> bool:
        after, head = stored.head, self._log.head()  # behind it nothing under way can be committed
        while after < head:
            page = self._log.read(after, _PAGE, _PAGE_BYTES)
            if not page:
                return False
            for notification in page:
                batch = parse(notification.state)
                if batch.header.journal.key not in self._hub_keys:
                    continue
                for item in codec.recorded(batch, notification.id, self._catalog):
                    if not isinstance(item, Recorded) or item.compound != compound:
                        continue
                    data = item.event.data
                    if isinstance(data, Published) and data.sha256 == stored.sha256:
                        return True
            after = page[-1].id
        return False
