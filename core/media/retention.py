"""How long a camera group's pictures stay: never removed before the floor, always after the
ceiling, but for a legal hold. Pure.

Order 799 art. 17 asks for 30 days only of the places of its art. 7, to which a residential
compound does not belong; what others keep is their own decision, within a purpose.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec

from core.events.media import Profile

ART7_DAYS = 30
Days = Annotated[int, msgspec.Meta(ge=0, le=36_600)]
# Why something stays, or that it goes.
Verdict = Literal["floor", "purpose", "held", "due"]


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cameras under one duty. `devices`: `compound/device`, with * for any; days count from when
    the hub stored it, by its own clock."""

    profile: Profile = "art33"
    floor_days: Days = 30
    ceiling_days: Days = 90
    devices: tuple[str, ...] = ()


DEFAULT = "default"  # the group of whatever no other one names


def faults(groups: Mapping[str, Group]) -> Sequence[tuple[str, str]]:
    """(key, what is wrong and what to do) of each impossible one."""
    found = []
    for name, one in groups.items():
        if one.ceiling_days < one.floor_days:
            what = f"less than floor_days; give it {one.floor_days} or more"
            found.append((f"{name}.ceiling_days", what))
        if one.profile == "art7" and one.floor_days < ART7_DAYS:
            what = f"Order 799 art. 17 asks for {ART7_DAYS} days of an art7 group; give it those"
            found.append((f"{name}.floor_days", what))
        if name == DEFAULT and one.devices:
            found.append((f"{name}.devices", "it is of all the rest; leave this out"))
    return found


class Retention:
    """All groups of a hub. The first whose pattern fits has a device."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        self._groups = {name: one for name, one in groups.items() if name != DEFAULT}
        self._default = groups.get(DEFAULT, Group())

    def of(self, compound: str, device: str) -> tuple[str, Group]:
        place = f"{compound}/{device}"
        for name, one in self._groups.items():
            if any(fnmatchcase(place, pattern) for pattern in one.devices):
                return name, one
        return DEFAULT, self._default

    def strictest(self, owners: Iterable[tuple[str, str]]) -> tuple[str, Group]:
        """Of bytes that several devices took: whoever keeps them longest, with the highest
        floor."""
        found = [self.of(*owner) for owner in owners] or [(DEFAULT, self._default)]
        name, longest = max(found, key=lambda one: one[1].ceiling_days)
        floor = max(one.floor_days for _, one in found)
        return name, msgspec.structs.replace(longest, floor_days=floor)

    @property
    def shortest(self) -> timedelta:
        """What is younger than this can not be due."""
        groups = (self._default, *self._groups.values())
        return timedelta(days=min(one.ceiling_days for one in groups))


def verdict(group: Group, stored: datetime, held: bool, now: datetime) -> Verdict:
    """`stored`: by the hub's clock, as the log has it."""
    if held:
        return "held"
    age = now - stored
    if age < timedelta(days=group.floor_days):
        return "floor"
    return "due" if age >= timedelta(days=group.ceiling_days) else "purpose"
