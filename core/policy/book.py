"""A policy indexed for look-up: built once when a gateway adopts it, then only read."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.clock import parse_rfc3339
from core.policy.document import Credential, Grant, Listed, Person, Plate, Policy, Schedule
from core.policy.limits import unfit
from core.policy.schedule import Hours, compiled, minutes
from core.site import OUTSIDE, Site


class BadPolicy(ValueError):
    """A document that cannot be decided by; the text says where."""


class Window(msgspec.Struct, frozen=True, gc=False):
    """Unix seconds, half open."""

    begin: float = -math.inf
    end: float = math.inf

    def holds(self, now: float) -> bool:
        return self.begin <= now < self.end


ALWAYS = Window()


class Right(msgspec.Struct, frozen=True, gc=False):
    """A grant ready to be asked. `hours` None: always."""

    group: str
    deny: bool
    doors: frozenset[str]
    areas: frozenset[str]
    hours: Hours | None
    window: Window


class Bearer(msgspec.Struct, frozen=True, gc=False):
    """Who holds a credential, and everything that is asked of both."""

    person: Person
    credential: Credential
    lives: Window  # the person's
    good: Window  # the credential's


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A plate of a list."""

    plate: Plate
    good: Window


class Notice(msgspec.Struct, frozen=True, gc=False):
    """Of the watch list."""

    listed: Listed
    until: float


class Crossing(msgspec.Struct, frozen=True, gc=False):
    """A door in one direction: the area it leads to with all that one lies `within`, and every
    area one is in after and not before, or the other way round."""

    source: str
    target: str
    within: tuple[str, ...]
    entered: tuple[str, ...]
    left: tuple[str, ...]


class Book:
    """Nothing of it changes. BadPolicy when the document contradicts itself."""

    __slots__ = (
        "_crossings", "_notices", "_rights", "above", "bearers", "members", "numbers", "persons",
        "plates", "policy", "revoked", "schedules", "site", "zone",
    )  # fmt: skip

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.site: Site = policy.site
        self.zone = _zone(policy.zone)
        _salt(policy.salt)
        moment("issued", policy.issued)
        if policy.since:
            moment("since", policy.since)
        for key, what, _ in unfit(policy.site):
            raise BadPolicy(f"site.{key} {what}")
        self.schedules = {
            name: _hours(name, one, self.zone) for name, one in policy.schedules.items()
        }
        self.above = {area: _above(policy.site, area) for area in policy.site.areas}
        self._crossings = {
            (key, inward): _crossing(self.above, policy.site, key, inward)
            for key in policy.site.doors
            for inward in (True, False)
        }
        self._rights = {name: self._resolved(name) for name in policy.groups}
        self.bearers: dict[tuple[str, str], Bearer] = {}
        self.numbers: dict[str, str] = {}  # hash of the office's number → reference
        self.persons: dict[str, tuple[Person, Window]] = {}
        self.members: dict[str, set[str]] = {}
        self.plates: dict[str, tuple[Entry, ...]] = {}
        self._notices: dict[tuple[str, str], tuple[Notice, ...]] = {}
        self.revoked = frozenset(policy.revoked)
        self._index(policy)
        for name, area in policy.site.areas.items():
            if area.reset:
                _clock(f"site.areas.{name}.reset", area.reset)

    def rights(self, groups: Iterable[str]) -> Iterable[Right]:
        for name in groups:
            yield from self._rights.get(name, ())

    def crossing(self, door: str, inward: bool) -> Crossing | None:
        """None for a door nobody described."""
        return self._crossings.get((door, inward))

    def escorts(self, groups: Iterable[str]) -> bool:
        known = self.policy.groups
        return any(name in known and known[name].escorts for name in groups)

    def listed(self, ref: str, kind: str, hash: str, now: float) -> Listed | None:
        """What the watch list says of this person or credential now; a deny before an alert."""
        if not self._notices:
            return None
        found: Listed | None = None
        for key in ((kind, hash), ("ref", ref)):
            for notice in self._notices.get(key, ()):
                if now < notice.until and (found is None or found.action == "alert"):
                    found = notice.listed
        return found

    def _index(self, policy: Policy) -> None:
        windows: dict[tuple[str, str], Window] = {}  # most share a few
        for at, person in enumerate(policy.persons):
            lives = _shared(windows, f"persons[{at}]", person.valid_from, person.valid_to)
            if person.ref in self.persons:
                raise BadPolicy(f"persons[{at}] is a person named before")
            self.persons[person.ref] = (person, lives)
            if person.number:
                self.numbers[person.number] = person.ref
            for group in person.groups:
                self.members.setdefault(group, set()).add(person.ref)
            for credential in person.credentials:
                key: tuple[str, str] = (credential.kind, credential.hash)
                if key in self.bearers:
                    raise BadPolicy(f"persons[{at}] has a credential of another person")
                good = _shared(
                    windows, f"persons[{at}]", credential.valid_from, credential.valid_to
                )
                self.bearers[key] = Bearer(person, credential, lives, good)
        for at, plate in enumerate(policy.plates):
            good = _shared(windows, f"plates[{at}]", plate.valid_from, plate.valid_to)
            self.plates[plate.hash] = (*self.plates.get(plate.hash, ()), Entry(plate, good))
        for at, listed in enumerate(policy.listed):
            about = ("ref", listed.ref) if listed.ref else (listed.kind, listed.hash)
            notice = Notice(listed, moment(f"listed[{at}].until", listed.until))
            self._notices[about] = (*self._notices.get(about, ()), notice)

    def _resolved(self, name: str) -> tuple[Right, ...]:
        """A compiled group has no includes left; they are followed all the same, so that a
        document is read in one way only."""
        found: list[Right] = []
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            group = self.policy.groups.get(one)
            if group is None:
                raise BadPolicy(f"groups.{name} includes {one!r}, which is no group")
            found.extend(self._right(name, at, grant) for at, grant in enumerate(group.grants))
            waiting.extend(group.includes)
        return tuple(found)

    def _right(self, group: str, at: int, grant: Grant) -> Right:
        key = f"groups.{group}.grants[{at}]"
        if grant.schedule and grant.schedule not in self.schedules:
            raise BadPolicy(f"{key}: schedule {grant.schedule!r} is not described")
        return Right(
            group=group,
            deny=grant.effect == "deny",
            doors=frozenset(grant.doors),
            areas=frozenset(grant.areas),
            hours=self.schedules[grant.schedule] if grant.schedule else None,
            window=_window(key, grant.valid_from, grant.valid_to),
        )


def moment(key: str, text: str) -> float:
    try:
        return parse_rfc3339(text).timestamp()
    except (ValueError, OverflowError) as error:
        raise BadPolicy(f"{key} is no RFC 3339 time") from error


def instant(at: datetime) -> float:
    """Unix seconds; a datetime without a zone is taken as UTC."""
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def _window(key: str, begin: str, end: str) -> Window:
    if not begin and not end:
        return ALWAYS
    return Window(
        moment(f"{key}.valid_from", begin) if begin else -math.inf,
        moment(f"{key}.valid_to", end) if end else math.inf,
    )


def _shared(windows: dict[tuple[str, str], Window], key: str, begin: str, end: str) -> Window:
    found = windows.get((begin, end))
    if found is None:
        found = windows[begin, end] = _window(key, begin, end)
    return found


def _salt(text: str) -> None:
    try:
        bytes.fromhex(text)
    except ValueError as error:
        raise BadPolicy("salt is not hexadecimal") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadPolicy(f"zone: no time zone {name!r}") from error


def _hours(name: str, schedule: Schedule, zone: ZoneInfo) -> Hours:
    try:
        return compiled(schedule, zone)
    except ValueError as error:
        raise BadPolicy(f"schedules.{name}: {error}") from error


def _clock(key: str, text: str) -> None:
    try:
        minutes(text)
    except ValueError as error:
        raise BadPolicy(f"{key}: {error}") from error


def _above(site: Site, area: str) -> tuple[str, ...]:
    """The area and every one it lies in."""
    found = [area]
    while (parent := site.areas[found[-1]].parent) and parent in site.areas:
        if parent in found:
            raise BadPolicy(f"site.areas.{area} lies in itself")
        found.append(parent)
    return tuple(found)


def _crossing(
    above: Mapping[str, tuple[str, ...]], site: Site, door: str, inward: bool
) -> Crossing:
    described = site.doors[door]
    ends = described.from_area, described.to_area
    source, target = ends if inward else ends[::-1]
    here, there = _chain(above, source), _chain(above, target)
    return Crossing(
        source=source,
        target=target,
        within=there,
        entered=tuple(area for area in there if area not in here),
        left=tuple(area for area in here if area not in there),
    )


def _chain(above: Mapping[str, tuple[str, ...]], area: str) -> tuple[str, ...]:
    """An area nobody described lies in nothing; outside is no area one could be shut out of."""
    return () if area == OUTSIDE else above.get(area, (area,))
