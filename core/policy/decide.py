"""The one place where a gateway says yes or no. Pure: policy, memory and request in, decision out.

CHECKS is the order, and the first that objects gives the reason (ONVIF AccessControl/Denied).
First who it is and whether they may at all, which `entitled` answers without any memory and a newer
policy is held against (`core.policy.conflicts`); then whether they may just now. A fire release
lifts what is about the moment, never who somebody is.
"""

from collections.abc import Callable

import msgspec

from core.events.access import SubjectClass
from core.policy import circumstances, entitlement
from core.policy.book import Bearer, Book
from core.policy.case import Case, same
from core.policy.request import WATCH_LISTED, Decision, Reason, Request
from core.policy.standing import NOTHING, Standing, Used

__all__ = ["CHECKS", "ENTITLEMENT", "Decision", "Request", "Standing", "decide", "entitled"]

Check = Callable[[Case], Reason]
ENTITLEMENT: tuple[Check, ...] = (
    entitlement.known,
    entitlement.enabled,
    entitlement.validity,
    entitlement.person,
    entitlement.listed,
    entitlement.denied,
    entitlement.permitted,
)
CHECKS: tuple[Check, ...] = (
    *ENTITLEMENT,
    circumstances.pin,
    circumstances.first_person,
    circumstances.door,
    circumstances.screening,
    circumstances.antipassback,
    circumstances.capacity,
)


def decide(book: Book, standing: Standing, request: Request) -> Decision:
    return _judged(Case(book, standing, request), CHECKS)


def entitled(book: Book, request: Request) -> Decision:
    """Whether the policy gives this at all, whatever the state of the place; the PIN was asked
    for by whoever decided first, and a visitor who leaves had been let in."""
    standing, shown = NOTHING, request.pass_
    if shown is not None:
        standing = msgspec.structs.replace(NOTHING, uses={shown.id: Used(0, float(shown.exp))})
    return _judged(Case(book, standing, request), ENTITLEMENT)


def _judged(case: Case, checks: tuple[Check, ...]) -> Decision:
    reason: Reason = ""
    for check in checks:
        reason = check(case)
        if reason:
            break
    request, owner, shown = case.request, case.owner, case.request.pass_
    if case.listed is not None and not reason:
        case.violations.insert(0, WATCH_LISTED)
    return Decision(
        granted=not reason,
        reason=reason,
        violation="" if reason else ",".join(case.violations),
        ref=case.bearer if shown is None else "",
        subject_class=_class(case),
        group="" if reason else case.group,
        duress=owner is not None and _duress(owner, request),
        watched=case.listed,
        pass_id=shown.id if shown is not None else "",
        use=0 if reason else case.use,
        list=case.list,
        policy=case.book.policy.version,
        bearer=case.bearer,
    )


def _class(case: Case) -> SubjectClass:
    if case.owner is not None:
        return case.owner.person.subject_class
    if case.request.pass_ is not None or case.list == "temporary":
        return "visitor"
    if case.entry is not None and (found := case.book.persons.get(case.entry.plate.ref)):
        return found[0].subject_class
    return "unknown"


def _duress(owner: Bearer, request: Request) -> bool:
    return owner.credential.duress or (
        bool(owner.credential.duress_pin) and same(owner.credential.duress_pin, request.pin)
    )
