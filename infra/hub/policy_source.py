"""A policy's TOML as the hub compiles it: numbers and references by keys of this hub."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from core.errors import ConfigError
from core.policy.document import Policy
from core.policy.findings import Found, PolicyMistakes
from core.policy.source import compile_policy, parse
from core.sealing import reference
from projections.web.people import Unfit

_FILE = "policy"  # what errors call it


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """`register`: reference → how the source calls that person."""

    policy: Policy
    warnings: Sequence[str] = ()
    register: Mapping[str, str] = {}


def compiled(source: str, compound: str, salt: str, key: bytes, now: datetime) -> Compiled:
    """Unfit with every error found. The salt stays the compound's for ever: gateways compare
    grants across versions by the hashes it makes."""
    try:
        raw = parse(_FILE, source)
        made = compile_policy(
            _FILE,
            raw,
            version=1,
            issued=now,
            salt=salt or secrets.token_hex(16),
            reference=partial(reference, key),
        )
    except PolicyMistakes as mistakes:
        errors = [_line(one) for one in mistakes.found]
        raise Unfit(f"the policy has {len(errors)} mistakes", errors) from mistakes
    except ConfigError as error:
        raise Unfit("the policy is not TOML", [str(error)]) from error
    if made.policy.compound != compound:
        raise Unfit(f"the policy is of compound {made.policy.compound}, not of this one")
    return Compiled(
        policy=made.policy,
        warnings=tuple(_line(one) for one in made.warnings),
        register=register(raw, key),
    )


def register(raw: Mapping[str, Any], key: bytes) -> dict[str, str]:
    """Of a source that compiles: who is named in it, by the hub's references."""
    persons = raw.get("persons", ())
    found = {
        reference(key, one.get("kind", "resident"), one["id"]): str(one.get("name") or one["id"])
        for one in persons
    }
    described = {one["id"] for one in persons}
    for one in raw.get("listed", ()):
        if (person := one.get("person")) and person not in described:
            found.setdefault(reference(key, one.get("person_kind", "resident"), person), person)
    return found


def _line(found: Found) -> str:
    return f"{found.key or 'file'}: {found.what}. {found.remedy}"
