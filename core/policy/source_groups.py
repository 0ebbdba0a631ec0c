"""Groups of a policy file with what they include laid flat: a compiled group has grants only."""

from collections.abc import Mapping
from datetime import tzinfo
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from core.policy.document import Grant, Group, Schedule
from core.policy.findings import Findings
from core.policy.source_times import narrowed, window
from core.site import Site


class GrantSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    doors: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    schedule: str = ""
    effect: Literal["allow", "deny"] = "allow"
    valid_from: Any = ""
    valid_to: Any = ""


class GroupSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`valid_from`, `valid_to`: of all its grants, those it includes as well."""

    grants: tuple[Any, ...] = ()
    includes: tuple[str, ...] = ()
    escorts: bool = False
    valid_from: Any = ""
    valid_to: Any = ""


def groups(
    found: Findings,
    raw: Any,
    site: Site,
    schedules: Mapping[str, Schedule],
    zone: tzinfo,
) -> dict[str, Group]:
    sources = found.entries(raw, GroupSource, "groups")
    own: dict[str, tuple[Grant, ...]] = {}
    windows: dict[str, tuple[str, str]] = {}
    for name, source in sources.items():
        key = f"groups.{name}"
        found.known(source.includes, sources, f"{key}.includes", "group")
        windows[name] = window(found, key, source.valid_from, source.valid_to, zone)
        grants = found.rows(source.grants, GrantSource, f"{key}.grants")
        for place, grant in grants:
            found.known(grant.doors, site.doors, f"{place}.doors", "door")
            found.known(grant.areas, site.areas, f"{place}.areas", "area")
            if grant.schedule:
                found.known((grant.schedule,), schedules, f"{place}.schedule", "schedule")
        own[name] = tuple(_grant(found, place, grant, zone) for place, grant in grants)
    for area, described in site.areas.items():
        found.known(described.first_person, sources, f"areas.{area}.first_person", "group")
    flat = _flat(sources, own, windows, _order(found, sources))
    return {
        name: Group(grants=flat.get(name, ()), escorts=source.escorts)
        for name, source in sources.items()
    }


def _grant(found: Findings, key: str, source: GrantSource, zone: tzinfo) -> Grant:
    begin, end = window(found, key, source.valid_from, source.valid_to, zone)
    return Grant(
        doors=source.doors,
        areas=source.areas,
        schedule=source.schedule,
        effect=source.effect,
        valid_from=begin,
        valid_to=end,
    )


def _order(found: Findings, sources: Mapping[str, GroupSource]) -> list[str]:
    """What is included before what includes it; nothing when they go round in a circle."""
    graph = {name: [one for one in source.includes if one in sources]
             for name, source in sources.items()}  # fmt: skip
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        cycle: list[str] = error.args[1][::-1]
        found.error(f"groups.{cycle[0]}.includes", f"a group includes itself: {' → '.join(cycle)}",
                    "Take one of these includes out.")  # fmt: skip
        return []


def _flat(
    sources: Mapping[str, GroupSource],
    own: Mapping[str, tuple[Grant, ...]],
    windows: Mapping[str, tuple[str, str]],
    order: list[str],
) -> dict[str, tuple[Grant, ...]]:
    """Own grants and those of what a group includes, within its own window: including can narrow
    when a grant holds, and never widens it."""
    flat: dict[str, tuple[Grant, ...]] = {}
    for name in order:
        included = (grant for one in sources[name].includes for grant in flat.get(one, ()))
        grants: dict[Grant, None] = {}
        for grant in (*own[name], *included):
            both = narrowed((grant.valid_from, grant.valid_to), windows[name])
            if both is not None:
                grants[replace(grant, valid_from=both[0], valid_to=both[1])] = None
        flat[name] = tuple(grants)
    return flat
