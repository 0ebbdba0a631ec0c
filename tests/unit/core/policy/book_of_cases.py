"""Reads the truth table in tests/cases/access and plays it: the same compiler, signature, pass
and decision as on a gateway."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.keys import Signer
from core.policy import standing as memory
from core.policy.book import Book
from core.policy.conflicts import Given, conflicts
from core.policy.decide import Decision, Request, Standing, decide
from core.policy.document import digest
from core.policy.passes import Pass, PassRefused, issue, read
from core.policy.signed import open_book, sign_document
from core.policy.source import compile_policy

CASES = Path(__file__).parents[3] / "cases" / "access"
SALT = "5a" * 16
ZONE = ZoneInfo("Asia/Shanghai")
HUB = Signer(Ed25519PrivateKey.from_private_bytes(b"h" * 32))
STRANGER = Signer(Ed25519PrivateKey.from_private_bytes(b"s" * 32))
ISSUED = datetime(2026, 1, 1, tzinfo=ZONE)


class Also(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What else the decision says; what a case does not mention must not be there."""

    violation: str = ""
    group: str | None = None
    duress: bool = False
    watched: str = ""
    use: int = 0
    list: str = ""
    class_: str | None = msgspec.field(default=None, name="class")


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    says: str
    when: str
    where: str
    shows: str
    expect: str
    before: tuple[str, ...] = ()
    also: Also = Also()
    newer: str = ""
    conflict: str = ""


class Played(msgspec.Struct, frozen=True):
    decision: Decision
    conflicts: tuple[str, ...]


def files() -> list[Path]:
    return sorted(CASES.glob("*.toml"))


def cases() -> Iterator[tuple[Path, Case]]:
    for path in files():
        for raw in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            yield path, msgspec.convert(raw, Case)


def reference(kind: str, identifier: str) -> str:
    return "s:" + hashlib.sha256(f"{kind} {identifier}".encode()).hexdigest()[:32]


def book(raw: Mapping[str, Any], version: int = 1, since: str = "") -> Book:
    """As a gateway comes by it."""
    compiled = compile_policy(
        "case", raw, version=version, issued=ISSUED, salt=SALT, reference=reference, since=since
    )
    return open_book(sign_document(compiled.policy, HUB), HUB.public, compiled.policy.compound)


def play(path: Path, case: Case) -> Played:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    held = book(table["policy"])
    passes = table.get("passes", {})
    standing = memory.NOTHING
    for line in case.before:
        standing = _before(held, passes, standing, line, case.when[:10])
    request = _request(case.where, case.shows, passes, moment(case.when))
    decision = decide(held, kept(standing), request)
    found: tuple[str, ...] = ()
    if case.newer:
        changed = dict(table["newer"][case.newer])
        since = moment(changed.pop("since")).isoformat()
        newer = book({**table["policy"], **changed}, version=2, since=since)
        given = [Given(id="g", request=request, policy=1)] if decision.granted else []
        found = tuple(one.reason for one in conflicts(newer, given))
    return Played(decision, found)


def kept(standing: Standing) -> Standing:
    """As it comes back from disk."""
    return msgspec.json.decode(msgspec.json.encode(standing), type=Standing)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def _request(where: str, shows: str, passes: Mapping[str, Any], at: datetime) -> Request:
    door, direction = where.split()
    kind, _, rest = shows.partition(" ")
    raw: dict[str, Any] = {"door": door, "direction": direction, "at": at, "kind": kind}
    if kind == "text":
        raw |= {"kind": "qr", **_read(rest)}
    elif kind == "pass":
        name, _, plate = rest.partition(" beside ")
        raw |= {"kind": "qr", **_read(_text(passes[name]))}
        raw["plate"] = digest(SALT, "plate", plate) if plate else ""
    elif rest:
        number, _, pin = rest.partition(" pin ")
        raw["hash"] = digest(SALT, kind, number)
        raw["pin"] = digest(SALT, "pin", pin) if pin else ""
    return Request(**raw)


def _text(raw: Mapping[str, Any]) -> str:
    made = Pass(
        id=raw.get("id", "00000000000000cc"),
        compound=raw.get("compound", "c01"),
        nbf=int(moment(raw["from"]).timestamp()),
        exp=int(moment(raw["to"]).timestamp()),
        doors=tuple(raw.get("doors", ())),
        uses=raw.get("uses", 1),
        plate=digest(SALT, "plate", raw["plate"]) if "plate" in raw else "",
    )
    return issue(STRANGER if raw.get("forged") else HUB, made)


def _read(text: str) -> dict[str, Any]:
    try:
        return {"pass_": read(text, HUB.public, "c01")}
    except PassRefused as refused:
        return {"pass_refused": refused.reason}


def _before(
    held: Book, passes: Mapping[str, Any], standing: Standing, line: str, day: str
) -> Standing:
    words = line.split()
    if "-" in words[0]:
        day, words = words[0], words[1:]
    at, what, about = moment(f"{day} {words[0]}"), words[1], words[2]
    match what:
        case "mode":
            return memory.mode(standing, about, cast("Any", words[3]))
        case "open":
            return memory.opened(standing, about, at)
        case "close":
            return memory.closed(standing, about)
        case "grant":
            return memory.granted(standing, about, at)
        case "hold":
            return memory.held(standing, held.site, about, "m1", at)
        case "release":
            return memory.released(standing, about)
        case "fire":
            return memory.fire_released(standing, about, at)
        case "reset":
            key = (about, digest(SALT, about, words[3]))
            return memory.reset(standing, ref=held.bearers[key].person.ref)
    request = _request(f"{what} {about}", " ".join(words[3:]), passes, at)
    decision = decide(held, standing, request)
    assert decision.granted, f"{line!r} did not happen: {decision.reason}"
    if decision.use and request.pass_ is not None:
        standing = memory.used(standing, request.pass_, at)
    return memory.taken(standing, held.site, what, about, decision.bearer, at)
