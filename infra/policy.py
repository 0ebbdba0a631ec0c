"""A policy file looked at on its own: no hub, no keys, nothing written."""

import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import ConfigError
from core.events.access import Credential, Direction
from core.keys import Signer
from core.policy.book import Book
from core.policy.decide import Decision, Request, decide
from core.policy.document import Policy, digest
from core.policy.signed import PolicyRefused, sign_document
from core.policy.source import Compiled, compile_policy, read
from core.policy.standing import NOTHING
from core.sealing import reference


def compiled(path: Path, now: datetime) -> Compiled:
    """As the hub would compile it, with keys that are forgotten again. ConfigError names what
    is wrong."""
    key = secrets.token_bytes(32)
    made = compile_policy(
        str(path),
        read(path),
        version=1,
        issued=now,
        salt=secrets.token_hex(16),
        reference=lambda kind, identifier: reference(key, kind, identifier),
    )
    try:
        sign_document(made.policy, Signer(Ed25519PrivateKey.generate()))
    except PolicyRefused as error:
        raise ConfigError(
            f"{path}: no gateway would take it ({error}). Make it smaller or correct it."
        ) from error
    return made


def contents(policy: Policy, now: datetime) -> Iterator[tuple[str, str]]:
    """What it says, in numbers: (what, how many)."""
    site = policy.site
    yield "compound", f"{policy.compound} ({policy.zone})"
    yield "areas, doors, cameras", f"{len(site.areas)}, {len(site.doors)}, {len(site.cameras)}"
    yield "schedules, groups", f"{len(policy.schedules)}, {len(policy.groups)}"
    classes = Counter[str](person.subject_class for person in policy.persons)
    yield "persons", _counted(len(policy.persons), classes)
    kinds = Counter[str](one.kind for person in policy.persons for one in person.credentials)
    yield "credentials", _counted(kinds.total(), kinds)
    actions = Counter[str](
        one.action if datetime.fromisoformat(one.until) > now else "expired"
        for one in policy.listed
    )
    yield "watch list", _counted(len(policy.listed), actions)
    lists = Counter[str](plate.list for plate in policy.plates)
    yield "plates", f"{_counted(len(policy.plates), lists)}; unknown: {policy.unknown_plates}"
    yield "passes revoked", str(len(policy.revoked))


def ask(
    policy: Policy,
    *,
    door: str,
    kind: Credential,
    number: str,
    pin: str = "",
    at: datetime,
    direction: Direction = "in",
) -> Decision:
    """The decision at a place where nothing has happened yet."""
    request = Request(
        door=door,
        kind=kind,
        at=at,
        hash=digest(policy.salt, kind, number),
        pin=digest(policy.salt, "pin", pin) if pin else "",
        direction=direction,
    )
    return decide(Book(policy), NOTHING, request)


def moment(text: str, zone: str) -> datetime:
    """Local where it names no offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"--at {text!r}: no time. Write 2026-03-02T09:00 or 2026-03-02T09:00+08:00."
        ) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))


def _counted(total: int, of: Counter[str]) -> str:
    parts = ", ".join(f"{many} {what}" for what, many in sorted(of.items()))
    return f"{total} ({parts})" if total else "0"
