"""What every witness of a policy holds of its logs, side by side."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path

import msgspec

from core import durable
from core.errors import BadProof
from core.tlog import checkpoint, note
from core.tlog.checkpoint import Checkpoint
from core.tlog.note import MAX_NOTE, VerifierKey
from core.tlog.quorum import Quorum
from infra.witness.policy import places
from infra.witness.witness import origin_hash

_PATIENCE = 10.0  # seconds

Fetch = Callable[[str], bytes]  # OSError where there is nothing to be had


class Told(msgspec.Struct, frozen=True):
    """`wrong`: what was fetched is not a checkpoint that this witness cosigned."""

    witness: str
    origin: str
    raw: bytes = b""
    found: Checkpoint | None = None
    away: str = ""
    wrong: str = ""

    def line(self) -> str:
        if self.found is None:
            return f"{self.witness}: {self.origin}: {self.wrong or self.away}"
        head = self.found.head
        return f"{self.witness}: {self.origin}: {head.size} leaves, root {head.root.hex()}"


def told(policy: Quorum, fetch: Fetch) -> Iterator[Told]:
    """Of every log of the policy what each witness with an address says."""
    origins: dict[str, set[VerifierKey]] = {}
    for log in policy.logs:
        origins.setdefault(log.key.name, set()).add(log.key)
    for origin, keys in origins.items():
        for url, names in places(policy).items():
            pinned = {policy.witnesses[name].key for name in names}
            address = f"{url.rstrip('/')}/{origin_hash(origin)}/checkpoint"
            try:
                raw = fetch(address)
            except OSError as error:
                yield Told(names[0], origin, away=_why(error))
                continue
            yield _read(names[0], origin, raw, keys, pinned)


def _read(
    name: str, origin: str, raw: bytes, keys: set[VerifierKey], pinned: set[VerifierKey]
) -> Told:
    try:
        found = checkpoint.opened(raw, origin, keys)
        note.opened(found.note, pinned)
    except BadProof as bad:
        return Told(name, origin, raw, wrong=str(bad))
    return Told(name, origin, raw, found)


def contradictions(said: list[Told]) -> Iterator[str]:
    """Two that hold different trees of one size: no log that only grows has both."""
    first: dict[tuple[str, int], Told] = {}
    for one in said:
        if one.found is not None:
            head = one.found.head
            other = first.setdefault((one.origin, head.size), one)
            if other.found is not None and other.found.head.root != head.root:
                yield (
                    f"TWO HISTORIES of {one.origin}: {other.witness} and {one.witness} cosigned "
                    f"different trees of {head.size} leaves, both signed by the log"
                )


def keep(said: list[Told], folder: Path) -> None:
    """Every answer as it came: `{hash of the origin}-{number}-{witness}.checkpoint`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(said, 1):
        if one.raw:
            name = "".join(char if char.isalnum() else "_" for char in one.witness)
            path = folder / f"{origin_hash(one.origin)[:16]}-{number}-{name}.checkpoint"
            durable.put(path, one.raw)


def over_http(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310 - as the policy says
        found: bytes = answer.read(MAX_NOTE + 1)
        return found


def _why(error: OSError) -> str:
    if isinstance(error, urllib.error.HTTPError) and error.code == HTTPStatus.NOT_FOUND:
        return "never cosigned it"
    return f"does not answer ({error})"


def sizes(said: list[Told]) -> Mapping[str, set[int]]:
    """Origin → the sizes that are held of it."""
    found: dict[str, set[int]] = {}
    for one in said:
        if one.found is not None:
            found.setdefault(one.origin, set()).add(one.found.head.size)
    return found
