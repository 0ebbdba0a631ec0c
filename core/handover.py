"""One key hands over to the next: both sign one sentence, so that nobody is handed over against
his will, nor to a key that is not there.

Between order and end the new key waits in `<name>.next` beside the old one. Whoever dies between
finds it there at the next start and goes on; when it has taken the old key's place the old one is
gone for good.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from core import durable
from core.errors import BadFrame
from core.events.journal import Tail
from core.events.key import Role, Rotated
from core.keys import Signer, verify

_DOMAIN = b"menwei key rotation v1\n"
_MOST = 64  # handovers in one message
Key = str  # 64 hex digits


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's, as gateways are told of it: both signatures over `statement`."""

    old: Key = msgspec.field(name="from")
    new: Key = msgspec.field(name="to")
    consent: str
    proof: str

    def holds(self) -> bool:
        said = statement("hub", self.old, self.new, "", "")
        return signed(self.old, self.consent, said) and signed(self.new, self.proof, said)


_READ = msgspec.json.Decoder(tuple[Handover, ...])


def statement(role: Role, old: str, new: str, compound: str, gateway: str) -> bytes:
    """Keys as 64 hex digits, lower case."""
    return _DOMAIN + "\n".join((role, old, new, compound, gateway)).encode()


def signed(key: str, signature: str, said: bytes) -> bool:
    """Both in hex; what is none is not signed."""
    try:
        return verify(bytes.fromhex(key), bytes.fromhex(signature), said)
    except ValueError:
        return False


def rotated(
    role: Role,
    old: Signer,
    new: Signer,
    *,
    compound: str = "",
    gateway: str = "",
    actor: str = "",
    tails: Sequence[Tail] = (),
) -> Rotated:
    """Signed by both, also where the old key signs the batch as well: it can be told on."""
    said = statement(role, old.public.hex(), new.public.hex(), compound, gateway)
    return Rotated(
        role=role,
        old=old.public.hex(),
        new=new.public.hex(),
        compound=compound,
        gateway=gateway,
        actor=actor,
        proof=new.sign(said).hex(),
        consent=old.sign(said).hex(),
        tails=tuple(tails),
    )


def told(said: Sequence[Rotated]) -> bytes:
    """The hub's handovers for gateways, oldest first."""
    return encode(
        [Handover(old=one.old, new=one.new, consent=one.consent, proof=one.proof) for one in said]
    )


def encode(handovers: Sequence[Handover]) -> bytes:
    return msgspec.json.encode(handovers)


def read(payload: bytes) -> tuple[Handover, ...]:
    """BadFrame for what is none. Whether they hold is not looked at yet."""
    try:
        found = _READ.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame("handover", "not a list of handovers") from error
    if len(found) > _MOST:
        raise BadFrame("handover", f"{len(found)} handovers, cap {_MOST}")
    return found


def chain(pinned: str, handovers: Sequence[Handover]) -> tuple[str, ...]:
    """The keys one may believe who pinned one of them, oldest first; the last speaks now. A new
    key's own signature says who was before it, so the chain reaches back as well."""
    after = {one.old: one.new for one in reversed(handovers) if one.holds()}
    before = {new: old for old, new in after.items()}
    keys = [pinned]
    while (old := before.get(keys[0])) is not None and old not in keys:
        keys.insert(0, old)
    while (new := after.get(keys[-1])) is not None and new not in keys:
        keys.append(new)
    return tuple(keys)


def order(key: Path) -> Signer:
    """The key that follows the one at `key`, made and durable; the same one if it was ordered."""
    return Signer.load_or_create(_next(key))


def ordered(key: Path) -> Signer | None:
    path = _next(key)
    return Signer.load_or_create(path) if path.exists() else None


def complete(key: Path) -> None:
    """The new key is the key. There is no way back from here: the old one is overwritten."""
    _next(key).replace(key)
    durable.sync_directory(key.parent)


def _next(key: Path) -> Path:
    return key.with_name(key.name + ".next")
