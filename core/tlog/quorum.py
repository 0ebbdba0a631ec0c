"""Whose word is enough: a trust policy file (C2SP tlog-policy). Pure.

log <vkey> [<url>]
witness <name> <vkey> [<url>]
group <name> all|any|<k> <name>...
quorum <name>|none
"""

import re
from collections.abc import Collection, Mapping

import msgspec

from core.errors import BadProof
from core.tlog.note import SignatureType, VerifierKey, verifier_key

_NONE = "none"
_SPACE = re.compile(r"[ \t]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


class Party(msgspec.Struct, frozen=True):
    """A log or a witness; `url` is where it is asked, empty where nobody asks."""

    key: VerifierKey
    url: str = ""


class Group(msgspec.Struct, frozen=True):
    least: int
    members: tuple[str, ...]


class Quorum(msgspec.Struct, frozen=True):
    """`needed` is a name of `witnesses` or `groups`; empty: no cosignature is asked for."""

    logs: tuple[Party, ...] = ()
    witnesses: Mapping[str, Party] = {}
    groups: Mapping[str, Group] = {}
    needed: str = ""

    def met(self, cosigned: Collection[VerifierKey]) -> bool:
        return not self.needed or self._met(self.needed, cosigned)

    def _met(self, name: str, cosigned: Collection[VerifierKey]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return self.witnesses[name].key in cosigned
        return sum(self._met(one, cosigned) for one in group.members) >= group.least


def parse(raw: bytes) -> Quorum:
    """BadProof("policy", …) names the line and what is wrong with it."""
    if _CONTROL.search(raw):
        raise BadProof("policy", "a control character other than tab and newline")
    reading = _Reading()
    for number, line in enumerate(raw.decode("utf-8", "surrogateescape").split("\n"), 1):
        words = [one for one in _SPACE.split(line.strip(" \t")) if one]
        if not words or words[0].startswith("#"):
            continue
        try:
            reading.take(words)
        except BadProof as bad:
            raise BadProof("policy", f"line {number}: {bad.detail}") from bad
    if reading.needed is None:
        raise BadProof("policy", "no quorum line; say `quorum none` where none is needed")
    return Quorum(tuple(reading.logs), reading.witnesses, reading.groups, reading.needed)


class _Reading:
    """What the lines so far have said."""

    def __init__(self) -> None:
        self.logs: list[Party] = []
        self.witnesses: dict[str, Party] = {}
        self.groups: dict[str, Group] = {}
        self.needed: str | None = None
        self._used: set[str] = set()

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", key, *url] if len(url) < 2:
                self.logs.append(self._party(key, url, {SignatureType.ED25519}, self.logs))
            case ["witness", name, key, *url] if len(url) < 2:
                kinds = set(SignatureType) - {SignatureType.ED25519}
                known = [*self.witnesses.values()]
                self.witnesses[self._new(name)] = self._party(key, url, kinds, known)
            case ["group", name, least, *members] if members:
                group = self._group(least, members)
                self.groups[self._new(name)] = group
            case ["quorum", name] if self.needed is None:
                self.needed = "" if name == _NONE else self._defined(name)
            case _:
                raise BadProof("policy", f"not understood, or said twice: {' '.join(words)[:80]!r}")

    def _party(
        self, text: str, url: list[str], kinds: set[SignatureType], known: list[Party]
    ) -> Party:
        key = verifier_key(text)
        if key.type not in kinds:
            raise BadProof("policy", f"{key.name}: a key of this kind cannot stand here")
        if any(one.key.public == key.public for one in known):
            raise BadProof("policy", f"{key.name}: the same key stands here twice")
        return Party(key, url[0] if url else "")

    def _group(self, least: str, members: list[str]) -> Group:
        for one in members:
            self._defined(one)
            if one in self._used:
                raise BadProof("policy", f"{one} is a member already")
            self._used.add(one)
        count = {"all": len(members), "any": 1}.get(least)
        if count is None and re.fullmatch("[1-9][0-9]{0,3}", least):
            count = int(least)
        if count is None or count > len(members):
            raise BadProof("policy", f"{least!r} of {len(members)} members")
        return Group(count, tuple(members))

    def _defined(self, name: str) -> str:
        if name not in self.witnesses and name not in self.groups:
            raise BadProof("policy", f"{name!r} is not defined above")
        return name

    def _new(self, name: str) -> str:
        if name == _NONE or name in self.witnesses or name in self.groups:
            raise BadProof("policy", f"the name {name!r} is taken")
        return name
