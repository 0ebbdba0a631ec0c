"""Keys as people change them while the hub runs, and as they are shown. What is said here stands
in the log first and holds at once: for ingest, for who is listened to, for what is sent to whom.
"""

import re
import threading
from collections.abc import Callable, Sequence

from core import handover, topics
from core.clock import Clock
from core.config import GATEWAY_SLUG, SLUG
from core.events.key import Enrolled, Reason, Revoked, Rotated
from core.keyhistory import Enrolment
from core.trust import Gateway, Trust
from infra.hub.keyring import event_of, revocation
from infra.importing.made import GATEWAY as IMPORT
from projections.web.accounts import Account
from projections.web.keys import Enrol, Key, KeyLine, Rotate
from projections.web.people import Unfit, Unheard, Unready

Send = Callable[[str, str, str, bytes], object]  # compound, gateway, verb, payload


class HubKeys:
    """projections.web.keys.Keys. Any thread; each act blocks for a sync. Owns who is a gateway of
    which compound at the moment: `names` changes in place."""

    def __init__(
        self, trust: Trust, clock: Clock, send: Send, heard: Callable[[Sequence[Gateway]], object]
    ) -> None:
        """`heard` is told of all gateways whenever one came or went, from any thread."""
        self._trust, self._clock, self._send, self._heard = trust, clock, send, heard
        self._lock = threading.Lock()
        self.names: dict[str, list[str]] = {}
        self._follow()
        trust.changed(self._follow)

    def start(self) -> None:
        """Says the handovers again: a broker that lost its disk has nothing to give gateways."""
        for compound, names in self.names.items():
            for gateway in names:
                self._tell(compound, gateway)

    def enrol(self, account: Account, wish: Enrol) -> int:
        if not (re.fullmatch(SLUG, wish.compound) and re.fullmatch(GATEWAY_SLUG, wish.gateway)):
            raise Unfit("names are letters, digits, `_` and `-`; `hub` and `import` are taken")
        self._new(wish.key)
        return self._say(
            Enrolled(role="gateway", key=wish.key, compound=wish.compound, gateway=wish.gateway,
                     actor=account.name, reason=wish.reason)
        )  # fmt: skip

    def revoke(self, account: Account, key: str, reason: Reason) -> int:
        one = self._known(key)
        if one.revoked:
            raise Unready("this key is revoked already")
        if one.role == "hub" and not one.rotated:
            raise Unready(
                "the hub speaks by this key: hand over first (`menwei hub rotate-key`), then "
                "revoke the old one"
            )
        return self._say(revocation(one, reason, account.name))

    def rotate(self, account: Account, wish: Rotate) -> int:
        one = self._known(wish.key)
        if one.role != "gateway" or not one.speaks:
            raise Unready("this key speaks for no gateway")
        self._new(wish.new)
        said = handover.statement("gateway", one.key, wish.new, one.compound, one.gateway)
        if not handover.signed(one.key, wish.consent, said):
            raise Unfit("`consent` is not the old key's signature of this handover")
        if not handover.signed(wish.new, wish.proof, said):
            raise Unfit("`proof` is not the new key's signature of this handover")
        return self._say(
            Rotated(role="gateway", old=one.key, new=wish.new, compound=one.compound,
                    gateway=one.gateway, actor=account.name, proof=wish.proof,
                    consent=wish.consent)
        )  # fmt: skip

    def known(self) -> Sequence[Key]:
        """By compound and gateway, the hub's first."""
        found = [
            Key(
                role=one.role,
                key=one.key,
                compound=one.compound,
                gateway=one.gateway,
                begins=one.begins,
                rotated=one.rotated,
                successor=one.successor,
                revoked=one.revoked,
                reason=one.reason,
                believed=one.speaks,
            )
            for one in self._trust.history.enrolments()
        ]
        return sorted(found, key=lambda one: (one.role != "hub", one.compound, one.gateway))

    def history(self) -> Sequence[KeyLine]:
        """Newest last."""
        return [
            KeyLine(
                position=one.position,
                at=one.at,
                type=one.data.TYPE,
                role=one.data.role,
                key=one.data.old if isinstance(one.data, Rotated) else one.data.key,
                successor=one.data.new if isinstance(one.data, Rotated) else "",
                compound=one.data.compound,
                gateway=one.data.gateway,
                actor=one.data.actor,
                reason="" if isinstance(one.data, Rotated) else one.data.reason,
                by=one.by,
                disbelieved=one.disbelieved,
            )
            for one in list(self._trust.history.entries)
        ]

    def _new(self, key: str) -> None:
        if not re.fullmatch("[0-9a-f]{64}", key):
            raise Unfit("a key is the 64 hex digits that `menwei edge` prints")
        known = self._trust.history.now(bytes.fromhex(key))
        if known is not None and known.revoked:
            raise Unready("this key is revoked, and no key comes back: make a new one on the "
                          "gateway (`menwei edge rotate-key`) and enrol that")  # fmt: skip
        if known is not None:
            raise Unready(f"this key is known: {known.role} {known.compound}/{known.gateway}")

    def _known(self, key: str) -> Enrolment:
        try:
            one = self._trust.history.now(bytes.fromhex(key))
        except ValueError:
            one = None
        if one is None:
            raise Unheard("there is no such key in this hub's log")
        return one

    def _say(self, data: Enrolled | Rotated | Revoked) -> int:
        return self._trust.say([event_of(data, self._clock)])

    def _follow(self) -> None:
        gateways = [one for one in self._trust.gateways() if one.name != IMPORT]
        with self._lock:
            names: dict[str, list[str]] = {}
            for one in gateways:
                names.setdefault(one.compound, []).append(one.name)
            new = [
                (one.compound, one.name)
                for one in gateways
                if one.name not in self.names.get(one.compound, ())
            ]
            for gone in self.names.keys() - names.keys():
                self.names[gone] = []
            self.names.update(names)
        for compound, gateway in new:
            self._tell(compound, gateway)
        self._heard(gateways)

    def _tell(self, compound: str, gateway: str) -> None:
        said = [
            one.data
            for one in self._trust.history.entries
            if isinstance(one.data, Rotated) and one.data.role == "hub" and not one.disbelieved
        ]
        if said:
            self._send(compound, gateway, topics.HUB_KEYS, handover.told(said))
