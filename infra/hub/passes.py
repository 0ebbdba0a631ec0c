"""Visitors' passes: issued by a person, shown as a signed QR code, refused once revoked."""

import io
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import segno

from core.catalog import Catalog
from core.clock import Clock, parse_rfc3339, rfc3339
from core.event import Event, Personal
from core.events.visitor import PassIssued, PassRevoked
from core.keys import Signer
from core.ownjournal import Append
from core.policy import passes as signed
from core.policy import plates
from core.policy.document import digest, keyed_reference
from core.sealing import reference
from core.store.port import EventStore
from infra.hub.policies import Policies
from projections.safe_community.rows.visitors import Pass as PassRow
from projections.web.accounts import Account
from projections.web.deed import event_of
from projections.web.lines import lines
from projections.web.lookups import REFERENCE
from projections.web.people import PassMade, PassWish, Picture, Unfit, Unheard, Unready
from projections.web.reasons import stated

_LONGEST = timedelta(days=366)
_RECENT = 1_000  # issued by this process and perhaps not folded yet


class Passes:
    """Owns what it issued that views have not folded. Any thread; blocks.

    Dying after the append is safe: the pass is in the log, its code sealed beside it, and can be
    shown from there.
    """

    def __init__(
        self,
        log: EventStore,
        catalog: Catalog,
        signer: Signer,
        key: bytes,
        clock: Clock,
        policies: Policies,
        append: Append,
        unseal: Callable[[Event], Mapping[str, str]],
        row: Callable[[str, str], PassRow | None],
    ) -> None:
        self._log = log
        self._catalog = catalog
        self._signer = signer
        self._key = key
        self._clock = clock
        self._policies = policies
        self._append = append
        self._unseal = unseal
        self._row = row
        self._lock = threading.Lock()
        self._recent: dict[tuple[str, str], tuple[int, int]] = {}  # → position, end of validity

    def issue(self, compound: str, account: Account, wish: PassWish) -> PassMade:
        now = self._clock.now()
        begins, ends = _window(wish, now)
        policy = self._policies.document(compound)
        if policy is None:
            raise Unready("this compound has no policy yet: publish one, or no gate knows passes")
        if unknown := [door for door in wish.doors if door not in policy.site.doors]:
            raise Unfit(f"the policy knows no door {unknown[0]}")
        plate = _plate(wish.plate)
        one = signed.Pass(
            id=secrets.token_hex(8),
            compound=compound,
            nbf=int(begins.timestamp()),
            exp=int(ends.timestamp()),
            doors=wish.doors,
            uses=wish.uses,
            plate=digest(policy.salt, "plate", plate) if plate else "",
        )
        try:
            text = signed.issue(self._signer, one)
        except signed.PassRefused as refused:
            raise Unfit(f"such a pass cannot be made: {refused.detail}") from refused
        data = PassIssued(
            pass_id=one.id,
            valid_from=rfc3339(begins),
            valid_to=rfc3339(ends),
            doors=tuple(f"door/{door}" for door in wish.doors),
            uses=wish.uses,
            host_ref=self._host(compound, wish.host),
            plate_ref=keyed_reference(policy.salt, "plate", plate) if plate else "",
            actor=account.name,
        )
        event = event_of(compound, f"pass/{one.id}", data, rfc3339(now))
        position = self._append([event], {event.id: _visitor(one.id, text, wish)})
        with self._lock:
            self._recent[compound, one.id] = (position, one.exp)
            while len(self._recent) > _RECENT:
                del self._recent[next(iter(self._recent))]
        return PassMade(pass_id=one.id, text=text, position=position)

    def revoke(self, compound: str, account: Account, pass_id: str, reason: str) -> int:
        """The event and the policy that carries it out to the gateways are one append."""
        word, note = stated(reason, account.name)
        row = self._row(compound, pass_id)
        recent = self._recent.get((compound, pass_id))
        if recent is not None:
            ends = recent[1]
        elif row is not None and row.valid_to:
            ends = int(parse_rfc3339(row.valid_to).timestamp())
        else:
            raise Unheard("this compound has no such pass")
        if row is not None and row.state == "revoked":
            raise Unready("this pass is revoked already")
        data = PassRevoked(pass_id=pass_id, reason=word, actor=account.name)
        event = event_of(compound, f"pass/{pass_id}", data, rfc3339(self._clock.now()))
        personal = {event.id: note} if note else {}
        return self._policies.revoke(compound, account, pass_id, ends, ([event], personal))

    def code(self, compound: str, pass_id: str) -> str:
        row, recent = self._row(compound, pass_id), self._recent.get((compound, pass_id))
        position = recent[0] if recent else row.position if row else 0
        if not position:
            raise Unheard("this compound has no such pass")
        for notification in self._log.read(position - 1, 1, 1):
            for line in lines(notification, self._catalog):
                data = line.item.event.data
                if not isinstance(data, PassIssued) or data.pass_id != pass_id:
                    continue
                if text := self._unseal(line.item.event).get("code"):
                    return text
        raise Unheard("the code of this pass has been erased")

    def _host(self, compound: str, host: str) -> str:
        if not host or re.fullmatch(REFERENCE, host):
            return host
        found = self._policies.references(compound, host)
        if len(found) > 1:
            raise Unfit("several people of the policy are called as the host is; give their id")
        return found[0] if found else reference(self._key, "resident", host)


def picture(text: str, form: Picture) -> bytes:
    """A QR code that a reader takes off a phone at arm's length."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind=form, scale=8, border=4)
    return out.getvalue()


def _window(wish: PassWish, now: datetime) -> tuple[datetime, datetime]:
    try:
        begins, ends = parse_rfc3339(wish.valid_from), parse_rfc3339(wish.valid_to)
    except ValueError as error:
        raise Unfit(
            "validFrom and validTo are RFC 3339 with offset, such as 2026-11-20T08:00:00+08:00"
        ) from error
    if ends <= begins:
        raise Unfit("validTo is not after validFrom")
    if ends <= now:
        raise Unfit("validTo is over already")
    if ends - begins > _LONGEST:
        raise Unfit(f"a pass is good for at most {_LONGEST.days} days")
    return begins, ends


def _plate(text: str) -> str:
    """As gates compare it; empty where none is given."""
    if not text:
        return ""
    if not plates.kind(text):
        raise Unfit("plate is no licence plate of GA 36")
    return plates.normal(text)


def _visitor(pass_id: str, text: str, wish: PassWish) -> Personal:
    """Sealed with the visitor's own key for the month: erased without touching anybody else."""
    fields = {"name": wish.name, "phone": wish.phone, "plate": wish.plate, "host": wish.host}
    kept = {key: value for key, value in fields.items() if value}
    if wish.phone:
        return Personal(kind="phone", identifier=wish.phone, fields={**kept, "code": text}, into="")
    return Personal(kind="other", identifier=pass_id, fields={**kept, "code": text}, into="")
