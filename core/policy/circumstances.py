"""Whether what the policy gives may be had just now: by the place and by what happened before."""

from core.policy.book import instant
from core.policy.case import Case, same
from core.policy.request import ANTIPASSBACK, FIRST_PERSON, Reason
from core.policy.schedule import last_daily
from core.policy.standing import EVERYWHERE

SHUT = frozenset({"blocked", "locked-down", "double-locked"})


def pin(case: Case) -> Reason:
    if case.owner is None or not case.owner.credential.pin:
        return ""
    right = same(case.owner.credential.pin, case.request.pin)
    return (
        "" if right or same(case.owner.credential.duress_pin, case.request.pin) else "invalid-pin"
    )


def first_person(case: Case) -> Reason:
    """Somebody of the area's own must be in before others may. Escorts need not wait."""
    if case.outward or case.crossing is None or _fire(case):
        return ""
    groups = case.groups
    for name in case.crossing.entered:
        area = case.book.site.areas.get(name)
        if area is None or not area.first_person or not set(area.first_person).isdisjoint(groups):
            continue
        if any(_inside(case, ref, name) for one in area.first_person for ref in
               case.book.members.get(one, ())):  # fmt: skip
            continue
        if not case.book.escorts(groups):
            return "first-person-required"
        case.violations.append(FIRST_PERSON)
    return ""


def door(case: Case) -> Reason:
    """Its mode, then its interlock: a grant another door has not used up yet counts as open."""
    key, standing = case.request.door, case.standing
    if _fire(case):
        return ""
    if standing.modes.get(key, "") in SHUT:
        return "door-mode"
    if case.door.interlock:
        for other, one in case.book.site.doors.items():
            if other == key or one.interlock != case.door.interlock:
                continue
            given = standing.reserved.get(other)
            if other in standing.open or (given is not None and case.now < given + one.grant_s):
                return "interlock"
    return ""


def screening(case: Case) -> Reason:
    if case.outward or not case.standing.holds:
        return ""
    hold = case.standing.holds.get(case.request.door)
    return "screening" if hold is not None and case.now < hold.until and not _fire(case) else ""


def antipassback(case: Case) -> Reason:
    """Into an area one is in, or out of one that one is not in, as far as it is known where one
    is. Not judged: escorts, a direction nobody told, who was reset."""
    if case.crossing is None or case.request.direction == "unknown" or _fire(case):
        return ""
    seen = case.standing.where.get(case.bearer) if case.bearer else None
    if seen is None or seen.free:
        return ""
    here = case.book.above.get(seen.area, (seen.area,))
    again = [name for name in case.crossing.entered if name in here]
    never = [name for name in case.crossing.left if name not in here]
    for name in (*again, *never):
        area = case.book.site.areas.get(name)
        if area is None or not area.antipassback:
            continue
        if area.reset and seen.at < instant(last_daily(area.reset, case.book.zone, case.at)):
            continue
        if case.book.escorts(case.groups):
            return ""
        if area.antipassback == "hard":
            return "anti-passback"
        if ANTIPASSBACK not in case.violations:
            case.violations.append(ANTIPASSBACK)
    return ""


def capacity(case: Case) -> Reason:
    if case.outward or case.crossing is None or _fire(case):
        return ""
    for name in case.crossing.entered:
        area = case.book.site.areas.get(name)
        if area is None or not area.capacity or (case.bearer and _inside(case, case.bearer, name)):
            continue
        counts, above = case.standing.counts, case.book.above
        inside = sum(many for one, many in counts.items() if name in above.get(one, (one,)))
        if inside >= area.capacity:
            return "area-full"
    return ""


def _inside(case: Case, ref: str, area: str) -> bool:
    seen = case.standing.where.get(ref)
    return seen is not None and area in case.book.above.get(seen.area, (seen.area,))


def _fire(case: Case) -> bool:
    fire = case.standing.fire
    return bool(fire) and (case.request.door in fire or EVERYWHERE in fire)
