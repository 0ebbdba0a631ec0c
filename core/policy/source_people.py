"""Persons, the watch list and plates of a policy file. Numbers become hashes and persons become
references here; what is said of a mistake names its place in the file and nobody."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Annotated, Any, Literal

import msgspec

from core.clock import parse_rfc3339
from core.policy.document import (
    Class,
    Credential,
    CredentialKind,
    Group,
    Listed,
    Person,
    Plate,
    digest,
)
from core.policy.findings import Findings
from core.policy.naming import names_somebody
from core.policy.plates import kind as kind_of_plate
from core.policy.plates import normal
from core.policy.source_times import moment, window

Identity = Literal["resident", "employee"]
Reference = Callable[[str, str], str]  # (kind, identifier) → s:…, by the hub's key
Filled = Annotated[str, msgspec.Meta(min_length=1)]


class PersonSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id`: the office's own number of the person, as devices and files elsewhere have it. `name`
    is for the hub's register and stands in no document."""

    id: Filled
    name: str = ""
    kind: Identity = "resident"
    class_: Class = msgspec.field(default="resident", name="class")
    groups: tuple[str, ...] = ()
    enabled: bool = True
    valid_from: Any = ""
    valid_to: Any = ""
    credentials: tuple[Any, ...] = ()


class CredentialSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: CredentialKind
    number: Filled
    enabled: bool = True
    valid_from: Any = ""
    valid_to: Any = ""
    duress: bool = False
    pin: str = ""
    duress_pin: str = ""


class ListedSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `person` by id, or a credential by `kind` and `number`."""

    person: str = ""
    person_kind: Identity = "resident"
    kind: CredentialKind | Literal[""] = ""
    number: str = ""
    reason: str = ""
    basis: str = ""
    until: Any = ""
    action: Literal["deny", "alert"] = "alert"


class PlateSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    plate: Filled
    list: Literal["white", "black", "temporary"]
    person: str = ""
    groups: tuple[str, ...] = ()
    valid_from: Any = ""
    valid_to: Any = ""
    reason: str = ""
    basis: str = ""


class People:
    """Reads the parts that name somebody; remembers who was named where."""

    def __init__(
        self,
        found: Findings,
        groups: Mapping[str, Group],
        zone: tzinfo,
        salt: str,
        reference: Reference,
        issued: datetime,
    ) -> None:
        self._found = found
        self._groups = groups
        self._zone = zone
        self._salt = salt
        self._reference = reference
        self._issued = issued
        self._refs: dict[str, str] = {}  # id → reference
        self._named: dict[str, str] = {}  # reference → where
        self._shown: dict[tuple[str, str], str] = {}  # credential → where
        self._words: set[str] = set()  # names and numbers, which may stand nowhere in the clear

    def persons(self, raw: Any) -> tuple[Person, ...]:
        return tuple(
            self._person(key, one) for key, one in self._found.rows(raw, PersonSource, "persons")
        )

    def _person(self, key: str, source: PersonSource) -> Person:
        ref = self._reference(source.kind, source.id)
        if before := self._named.get(ref):
            self._found.error(f"{key}.id", f"is the person of {before}",
                              "Let each person stand here once.")  # fmt: skip
        self._named.setdefault(ref, key)
        self._refs.setdefault(source.id, ref)
        self._words |= {normal(source.id), normal(source.name)}
        self._found.known(source.groups, self._groups, f"{key}.groups", "group")
        begin, end = window(self._found, key, source.valid_from, source.valid_to, self._zone)
        rows = self._found.rows(source.credentials, CredentialSource, f"{key}.credentials")
        if rows and all(one.kind == "face" for _, one in rows):
            self._found.warn("face-only", f"{key}.credentials", "a face is all this person has",
                             "Add a card or a code: the law requires another way in.")  # fmt: skip
        return Person(
            ref=ref,
            number=digest(self._salt, "person", source.id),
            subject_class=source.class_,
            groups=source.groups,
            enabled=source.enabled,
            valid_from=begin,
            valid_to=end,
            credentials=tuple(self._credential(place, one) for place, one in rows),
        )

    def _credential(self, key: str, source: CredentialSource) -> Credential:
        begin, end = window(self._found, key, source.valid_from, source.valid_to, self._zone)
        if source.kind == "plate":
            self._plate_form(f"{key}.number", source.number)
        if source.duress_pin and not source.pin:
            self._found.error(f"{key}.duress_pin", "stands without a pin", "Add the usual pin.")
        if source.pin and source.pin == source.duress_pin:
            self._found.error(f"{key}.duress_pin", "is the usual pin", "Choose another one.")
        self._words.add(normal(source.number))
        made = digest(self._salt, source.kind, source.number)
        if before := self._shown.get((source.kind, made)):
            self._found.error(f"{key}.number", f"is the {source.kind} of {before}",
                              "Give each credential to one person only.")  # fmt: skip
        self._shown.setdefault((source.kind, made), key)
        return Credential(
            kind=source.kind,
            hash=made,
            enabled=source.enabled,
            valid_from=begin,
            valid_to=end,
            duress=source.duress,
            pin=self._pin(source.pin),
            duress_pin=self._pin(source.duress_pin),
        )

    def _pin(self, pin: str) -> str:
        return digest(self._salt, "pin", pin) if pin else ""

    def listed(self, raw: Any) -> tuple[Listed, ...]:
        return tuple(
            self._listed(key, one) for key, one in self._found.rows(raw, ListedSource, "listed")
        )

    def _listed(self, key: str, source: ListedSource) -> Listed:
        found = self._found
        for field, value in (("reason", source.reason), ("basis", source.basis),
                             ("until", source.until)):  # fmt: skip
            if isinstance(value, str) and not value.strip():
                found.error(
                    f"{key}.{field}",
                    "is missing",
                    "Nobody is listed without a reason, a legal basis and an end.",
                )
        self._grounds(key, source.reason, source.basis, source.person, source.number)
        until = moment(found, f"{key}.until", source.until, self._zone, last=True)
        if until and parse_rfc3339(until) <= self._issued:
            found.warn("expired", f"{key}.until", "lies in the past, so the entry does nothing",
                       "Take the entry out, or decide anew and give a later end.")  # fmt: skip
        if bool(source.person) == bool(source.kind and source.number):
            found.error(
                key, "names nobody, or two things", "Give either `person`, or `kind` and `number`."
            )
        if source.kind == "plate":
            self._plate_form(f"{key}.number", source.number)
        ref = ""
        if source.person:
            ref = self._refs.get(source.person) or self._reference(
                source.person_kind, source.person
            )
            if ref not in self._named:
                found.warn("unknown-person", f"{key}.person", "is nobody of this file",
                           "Fine for a stranger; else correct the id.")  # fmt: skip
        return Listed(
            reason=source.reason,
            basis=source.basis,
            until=until,
            action=source.action,
            ref=ref,
            kind=source.kind,
            hash=digest(self._salt, source.kind, source.number) if source.number else "",
        )

    def plates(self, raw: Any) -> tuple[Plate, ...]:
        return tuple(
            self._plate(key, one) for key, one in self._found.rows(raw, PlateSource, "plates")
        )

    def _plate(self, key: str, source: PlateSource) -> Plate:
        found = self._found
        self._plate_form(f"{key}.plate", source.plate)
        found.known(source.groups, self._groups, f"{key}.groups", "group")
        self._grounds(key, source.reason, source.basis, source.plate)
        begin, end = window(found, key, source.valid_from, source.valid_to, self._zone)
        if source.list == "black":
            needed = {"reason": source.reason, "basis": source.basis, "valid_to": end}
        else:
            needed = {"valid_to": end} if source.list == "temporary" else {}
        for field, value in needed.items():
            if not value.strip() and not (field == "valid_to" and source.valid_to != ""):
                found.error(
                    f"{key}.{field}",
                    f"is missing on the {source.list} list",
                    "Black needs reason, basis and end; temporary needs an end.",
                )
        if end and parse_rfc3339(end) <= self._issued:
            found.warn("expired", f"{key}.valid_to", "lies in the past, so the entry does nothing",
                       "Take the entry out, or give a later end.")  # fmt: skip
        if source.person and source.person not in self._refs:
            found.error(f"{key}.person", "is nobody of this file", "Correct the id.")
        return Plate(
            hash=digest(self._salt, "plate", source.plate),
            list=source.list,
            ref=self._refs.get(source.person, ""),
            valid_from=begin,
            valid_to=end,
            reason=source.reason,
            basis=source.basis,
            groups=source.groups,
        )

    def _grounds(self, key: str, reason: str, basis: str, *named: str) -> None:
        words = {*self._words, *map(normal, named)}
        for field, text in (("reason", reason), ("basis", basis)):
            if names_somebody(text, words):
                self._found.error(f"{key}.{field}", "names somebody, and would stand in the log",
                                  "Write the ground alone, such as a case number.")  # fmt: skip

    def _plate_form(self, key: str, plate: str) -> None:
        if not kind_of_plate(plate):
            self._found.error(
                key,
                "is no plate of GA 36-2018",
                "Write it as it stands on the vehicle; there is no I and no O.",
            )
