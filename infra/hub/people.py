"""The hub's side of everything that concerns people by name, put together."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol, get_args

from core.catalog import CATALOG
from core.clock import Clock
from core.event import Event, Personal
from core.keys import Signer
from core.keystore import KeyStore
from core.ownjournal import Append
from core.policy.document import digest, keyed_reference
from core.policy.source_people import Identity
from core.sealing import reference
from infra.hub.commands import Commands
from infra.hub.config import Settings
from infra.hub.passes import Passes, picture
from infra.hub.policies import Policies
from infra.hub.policy_files import PolicyFiles
from infra.hub.stores import Stores
from infra.hub.vault import Vault
from projections.safe_community.rows.policy import Rulebook
from projections.safe_community.rows.visitors import Pass
from projections.safe_community.view import SAFE_COMMUNITY
from projections.view import Kinds
from projections.web.accounts import Account
from projections.web.people import Key, OrderMade, PassMade, PassWish, Picture, Publication, Wish

KEY = "hub:policies"  # of the key store: destroying it erases every policy's source
FOLDER = "policies"


class Link(Protocol):
    """What HubLink does for this."""

    def send(
        self, compound: str, gateway: str, verb: str, payload: bytes, *, retain: bool
    ) -> bool: ...


class HubPeople:
    """projections.web.people.People. Any thread."""

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        signer: Signer,
        keys: KeyStore,
        clock: Clock,
        link: Link,
        append: Append,
        gateways: Mapping[str, Sequence[str]],
    ) -> None:
        """`gateways`: compound → names; may change."""
        log = stores.log
        kept, once = partial(link.send, retain=True), partial(link.send, retain=False)
        self._runner = stores.runner
        self._append = append
        self._key = key = keys.reference_key
        vault = Vault(settings.folder / FOLDER, keys, KEY)
        hubs = [bytes.fromhex(one) for one in stores.trust.history.hubs]
        files = PolicyFiles(vault, log, CATALOG, hubs)
        self.policies = Policies(
            files, log, signer, key, clock, gateways, append, kept, self._known
        )
        self._passes = Passes(
            log, CATALOG, signer, key, clock, self.policies, append, stores.own.unseal, self._pass
        )
        self._commands = Commands(signer, clock, gateways, append, once, self._rows)

    def append(self, events: Sequence[Event], personal: Mapping[str, Personal]) -> int:
        return self._append(events, personal)

    def publish(
        self, compound: str, account: Account, source: str, *, dry_run: bool
    ) -> Publication:
        return self.policies.publish(compound, account, source, dry_run=dry_run)

    def policy(self, compound: str) -> Publication | None:
        return self.policies.newest(compound)

    def issue(self, compound: str, account: Account, wish: PassWish) -> PassMade:
        return self._passes.issue(compound, account, wish)

    def revoke(self, compound: str, account: Account, pass_id: str, reason: str) -> int:
        return self._passes.revoke(compound, account, pass_id, reason)

    def code(self, compound: str, pass_id: str) -> str:
        return self._passes.code(compound, pass_id)

    def picture(self, text: str, form: Picture) -> bytes:
        return picture(text, form)

    def order(self, compound: str, account: Account, wish: Wish) -> OrderMade:
        return self._commands.order(compound, account, wish)

    def references(self, compound: str, key: Key, value: str) -> tuple[str, ...]:
        """By the policy where it has such a card, plate or person; and what the hub itself would
        call one that no policy knows."""
        if key == "subject":
            return (value,)
        if key == "person":
            return self.policies.references(compound, value) or tuple(
                reference(self._key, kind, value) for kind in get_args(Identity)
            )
        own = reference(self._key, key, value)
        return tuple(dict.fromkeys((*_holders(self.policies, compound, key, value), own)))

    def names(self, compound: str, refs: Sequence[str]) -> Mapping[str, str]:
        return self.policies.names(compound, refs)

    def _rows(self, compound: str) -> Kinds:
        return self._runner.rows(SAFE_COMMUNITY.name, compound)[1]

    def _pass(self, compound: str, pass_id: str) -> Pass | None:
        found = self._rows(compound).get("pass", {}).get(pass_id)
        return found if isinstance(found, Pass) else None

    def _known(self, compound: str) -> Rulebook:
        found = self._rows(compound).get("policy", {}).get("policy")
        return found if isinstance(found, Rulebook) else Rulebook()


def _holders(policies: Policies, compound: str, key: Key, value: str) -> Iterable[str]:
    """Whom the policy says a card or plate belongs to, and what gateways call it themselves."""
    policy = policies.document(compound)
    if policy is None:
        return
    hashed = digest(policy.salt, key, value)
    if key == "plate":
        yield from (one.ref for one in policy.plates if one.hash == hashed and one.ref)
    else:
        for person in policy.persons:
            if any(one.kind == key and one.hash == hashed for one in person.credentials):
                yield person.ref
    yield keyed_reference(policy.salt, key, value)
