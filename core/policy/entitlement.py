"""Whether the policy gives it at all: who it is, whether they may, here, at this hour."""

from core.events.access import DenyReason
from core.policy.book import Right
from core.policy.case import Case, same
from core.policy.passes import Pass
from core.policy.request import OVERSTAYED, Reason
from core.policy.schedule import holds
from core.policy.standing import MAX_PASSES

_REFUSED: dict[str, DenyReason] = {"elsewhere": "pass-elsewhere", "newer": "other"}


def known(case: Case) -> Reason:
    """A credential of this policy, a pass of this hub, a door of this place."""
    request = case.request
    if case.crossing is None and case.book.site.doors:
        return "unauthorized"
    match request.kind:
        case "qr":
            if request.pass_ is None:
                return _REFUSED.get(request.pass_refused, "pass-forged")
            return "" if request.pass_.compound == case.book.policy.compound else "pass-elsewhere"
        case "button":
            return ""
        case "plate" if case.entry is not None or case.owner is not None:
            return ""
        case "plate" if case.book.policy.unknown_plates == "allow":
            return ""
    return "" if case.owner is not None else "credential-not-found"


def enabled(case: Case) -> Reason:
    shown = case.request.pass_
    if shown is not None and shown.id in case.book.revoked:
        return "pass-revoked"
    if case.owner is not None and not case.owner.credential.enabled:
        return "credential-not-enabled"
    return ""


def validity(case: Case) -> Reason:
    """Of the credential. A visitor whose pass ran out inside may leave with it: nobody is locked
    in, and it is said."""
    shown = case.request.pass_
    if shown is not None:
        if case.now < shown.nbf:
            return "credential-not-active"
        if case.now < shown.exp:
            return ""
        if case.outward and shown.id in case.standing.uses:
            case.violations.append(OVERSTAYED)
            return ""
        return "credential-expired"
    if case.owner is not None:
        return _timely(case.now, case.owner.good.begin, case.owner.good.end)
    if case.entry is not None and case.entry.plate.list != "black":
        return _timely(case.now, case.entry.good.begin, case.entry.good.end)
    return ""


def person(case: Case) -> Reason:
    """Whose it is, as far as somebody is known."""
    if case.owner is not None:
        found, lives = case.owner.person, case.owner.lives
    else:
        owner = case.book.persons.get(case.entry.plate.ref) if case.entry is not None else None
        if owner is None:
            return ""
        found, lives = owner
    if not found.enabled:
        return "credential-not-enabled"
    return _timely(case.now, lives.begin, lives.end)


def listed(case: Case) -> Reason:
    """A person on the watch list is watch-listed; a card or plate that is barred is blocked."""
    if case.list == "black":
        return "blocked"
    if case.listed is not None and case.listed.action == "deny":
        return "watch-listed" if case.listed.ref else "blocked"
    return ""


def denied(case: Case) -> Reason:
    """A deny that holds now stands over every grant, whichever group gave which."""
    groups = case.groups
    if case.owner is not None or groups:
        case.rights = tuple(case.book.rights(groups))
        for right in case.rights:
            if right.deny and _bars(case, right) and _now(case, right):
                return "unauthorized"
    return ""


def permitted(case: Case) -> Reason:
    """A grant for this door, and on now: there is one but not now, or there is none."""
    request = case.request
    if request.pass_ is not None:
        return _passes(case, request.pass_)
    if case.rights is None:
        takes = case.door.credentials
        if request.kind == "button":
            return "" if "button" in takes else "unauthorized"
        gate = "plate" in takes or (not takes and case.door.kind == "barrier")
        return "" if gate else "unauthorized"
    reason: DenyReason = "unauthorized"
    for right in case.rights:
        if not right.deny and _covers(case, right):
            if _now(case, right):
                case.group = right.group
                return ""
            reason = "not-permitted-at-this-time"
    return reason


def _timely(now: float, begin: float, end: float) -> Reason:
    if now < begin:
        return "credential-not-active"
    return "" if now < end else "credential-expired"


def _covers(case: Case, right: Right) -> bool:
    """A right to an area is one to go in there, and out again."""
    if not right.doors and not right.areas:
        return True
    if case.request.door in right.doors:
        return True
    if not right.areas or case.crossing is None:
        return False
    if case.outward:
        return case.crossing.target in right.areas or case.crossing.source in right.areas
    return case.crossing.target in right.areas


def _bars(case: Case, right: Right) -> bool:
    """A deny of an area holds for all that lies in it, but keeps nobody in."""
    if not right.doors and not right.areas:
        return not case.outward
    if case.request.door in right.doors:
        return True
    crossing = case.crossing
    if crossing is None or not right.areas:
        return False
    reached = crossing.entered if case.outward else crossing.within if crossing.entered else ()
    return not right.areas.isdisjoint(reached)


def _now(case: Case, right: Right) -> bool:
    return right.window.holds(case.now) and (right.hours is None or holds(right.hours, case.at))


def _passes(case: Case, shown: Pass) -> Reason:
    if shown.doors and case.request.door not in shown.doors:
        return "unauthorized"
    if shown.plate and case.request.plate and not same(shown.plate, case.request.plate):
        return "unauthorized"
    if case.outward:
        return ""
    before = case.standing.uses.get(shown.id)
    case.use = before.times + 1 if before is not None else 1
    if case.use > shown.uses:
        return "pass-used-up"
    # Nothing may be let in uncounted.
    full = before is None and len(case.standing.uses) >= 2 * MAX_PASSES
    return "other" if full else ""
