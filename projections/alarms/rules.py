"""Alarm rules as data: which facts are an alarm, how urgent, and what becomes of it by itself.

A set is a TOML file of `[[rule]]` tables, or the same as an event. Facts are judged by the rules
of their kind in order; the first whose conditions hold decides.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from projections.alarms.conditions import Compare
from projections.alarms.life import Level, Terms

# Kinds that folds conclude from more than one event; a rule of one of them needs no types.
DERIVED = frozenset((
    "access.watchlisted", "care.no-passage", "door.contradicted", "door.fault", "door.forced",
    "door.heldopen", "door.tampered", "fire.released", "gateway.wiped", "haul.bin.missed",
    "haul.load.mixed", "haul.route.behind", "haul.route.silent", "journal.damaged",
    "journal.gap", "vehicle.overstayed", "waste.bin.overflowed",
))  # fmt: skip
SAFE, WASTE, HAUL = "safe_community", "waste_sorting", "waste_district"
VIEWS = (SAFE, WASTE, HAUL)
_OF = {"waste": WASTE, "haul": HAUL}  # the first word of a kind; of all others SAFE


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
           omit_defaults=True, gc=False):  # fmt: skip
    """`on`: event types that raise it, `clear`: that end it; comparisons of a field that a type
    does not have are not made for it. `count` within `within_s`: only so many make it one.
    `subject`: one alarm for all of them; `by`: one for each value of that field, or of those
    fields. Without `on`, a view's fold tells (`DERIVED`)."""

    name: str
    kind: str
    priority: int
    on: tuple[str, ...] = ()
    when: tuple[Compare, ...] = ()
    hours: tuple[str, ...] = ()
    count: int = 1
    within_s: float = 0.0
    subject: str = ""
    by: str | tuple[str, ...] = ""
    lasting: bool = False
    clear: tuple[str, ...] = ()
    clear_when: tuple[Compare, ...] = ()
    quiet_s: float = 0.0
    reopen_s: float = 0.0
    escalate: tuple[Level, ...] = ()
    escalate_until: Literal["cleared", "acknowledged"] = "cleared"
    gb_method: int = 0
    gb_type: int = 0
    off: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of `by`."""
        return (self.by,) if isinstance(self.by, str) else self.by

    @property
    def view(self) -> str:
        return view_of(self.kind)

    def terms(self) -> Terms:
        return Terms(
            rule=self.name,
            priority=self.priority,
            lasting=self.lasting,
            quiet_s=self.quiet_s,
            reopen_s=self.reopen_s,
            escalate=self.escalate,
            persist=self.escalate_until == "acknowledged",
            gb_method=self.gb_method,
            gb_type=self.gb_type,
        )


def view_of(kind: str) -> str:
    return _OF.get(kind.partition(".")[0], SAFE)


def plain(rules: Iterable[Rule]) -> tuple[Mapping[str, Any], ...]:
    """As an event holds them."""
    return tuple(msgspec.to_builtins(rule) for rule in rules)


def encoded(rules: Iterable[Mapping[str, Any]]) -> str:
    """The same set has the same text, whoever wrote it."""
    return msgspec.json.encode(list(rules), order="sorted").decode()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Judged(msgspec.Struct, frozen=True, gc=False):
    """A rule with its terms, worked out once."""

    rule: Rule
    terms: Terms


class Book:
    """A rule set ready for use. Owns nothing that changes."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self.sha256 = sha256(encoded(plain(rules)))
        self.of_kind: dict[str, tuple[Judged, ...]] = {}
        self.raising: dict[str, dict[str, tuple[str, ...]]] = {view: {} for view in VIEWS}
        self.clearing: dict[str, dict[str, tuple[Judged, ...]]] = {view: {} for view in VIEWS}
        for rule in self.rules:
            judged = Judged(rule, rule.terms())
            raising, clearing = self.raising[rule.view], self.clearing[rule.view]
            for name in rule.clear:  # one that is off still ends what it raised before
                clearing[name] = (*clearing.get(name, ()), judged)
            if rule.off:
                continue
            self.of_kind[rule.kind] = (*self.of_kind.get(rule.kind, ()), judged)
            for name in rule.on:
                if rule.kind not in raising.get(name, ()):
                    raising[name] = (*raising.get(name, ()), rule.kind)
        # The types that `see` must look at, of each view (`raising`: type → kinds).
        self.seen = {view: frozenset((*self.raising[view], *self.clearing[view]))
                     for view in VIEWS}  # fmt: skip
