"""What a new policy changes, for whoever is about to publish it. Counts and keys, never names."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from core.policy.document import Policy

_T = TypeVar("_T")


def between(before: Policy | None, after: Policy) -> tuple[str, ...]:
    """Empty when nothing is different but the version."""
    if before is None:
        return ("first policy of this compound",)
    said = [
        *_keyed("door", before.site.doors, after.site.doors),
        *_keyed("area", before.site.areas, after.site.areas),
        *_keyed("camera", before.site.cameras, after.site.cameras),
        *_keyed("schedule", before.schedules, after.schedules),
        *_keyed("group", before.groups, after.groups),
        *_counted("person", before.persons, after.persons, lambda one: one.ref),
        *_counted("plate", before.plates, after.plates, lambda one: one.hash),
        *_counted(
            "watch-list entry",
            before.listed,
            after.listed,
            lambda one: (one.ref, one.kind, one.hash),
        ),
        *_counted("revoked pass", before.revoked, after.revoked, lambda one: one),
    ]
    for name, old, new in (
        ("screening", before.site.screening, after.site.screening),
        ("parking", before.site.parking, after.site.parking),
        ("expected silence of devices", before.site.expect_s, after.site.expect_s),
    ):
        if old != new:
            said.append(f"{name} changed")
    for name, was, now in (
        ("zone", before.zone, after.zone),
        ("unknown plates", before.unknown_plates, after.unknown_plates),
    ):
        if was != now:
            said.append(f"{name}: {was} → {now}")
    return tuple(said)


def _keyed(kind: str, before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    added = [f"{kind} {key} added" for key in sorted(after.keys() - before.keys())]
    removed = [f"{kind} {key} removed" for key in sorted(before.keys() - after.keys())]
    both = sorted(after.keys() & before.keys())
    changed = [f"{kind} {key} changed" for key in both if before[key] != after[key]]
    return [*added, *removed, *changed]


def _counted(
    kind: str, before: Iterable[_T], after: Iterable[_T], key: Callable[[_T], Hashable]
) -> list[str]:
    old = {key(one): one for one in before}
    new = {key(one): one for one in after}
    added = len(new.keys() - old.keys())
    removed = len(old.keys() - new.keys())
    changed = sum(old[one] != new[one] for one in old.keys() & new.keys())
    words = (("added", added), ("removed", removed), ("changed", changed))
    told = [f"{count} {word}" for word, count in words if count]
    return [f"{kind}: {', '.join(told)}"] if told else []
