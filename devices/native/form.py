"""What the keys of a native message's data mean, worked out once for all messages that have them.

For the quick reading only, so of payloads without anything but ASCII and without escapes: every
value stands in them as it is.
"""

import msgspec

from core.event import Data, Native, Personal, Scalar
from devices.fields import MAX_INT, MAX_TEXT, native, squeezed
from devices.native.payload import FIELDS, LIMITS, OURS
from devices.native.personal import CODE, STABLE, personal_of

_SEPARATORS = b" .-_/:"  # those of `squeezed` that are ASCII
_WEIGHTS = frozenset({"grossG", "tareG", "netG"})


class Form(msgspec.Struct, frozen=True, gc=False):
    clear: tuple[tuple[str, float, float], ...]  # key, its limits
    secret: tuple[tuple[str, str], ...]  # key, what the sealed field is called
    personal: Personal | None  # `identifier`: which of the sealed fields
    native: Native
    weighed: bool  # there are weights, which have to agree

    def persons(
        self, data: dict[str, Scalar], payload: bytes, named: bytes
    ) -> tuple[Personal, int] | None:
        """The persons' values, taken out of the data, and how many of them were strings. None
        when one of them may stand elsewhere too, in the payload or in what is `named`.

        One that occurs in the payload once, separators aside, stands in no other value: another
        occurrence that overlapped its own would have to hold a delimiter of the value.
        """
        flat = payload.upper().translate(None, _SEPARATORS)
        found: dict[str, str] = {}
        strings = 0
        for key, slot in self.secret:
            value = data.pop(key)
            if type(value) is str:
                strings += 1
            elif type(value) is int:
                value = str(value)
            else:
                return None
            if value[:MAX_TEXT].strip() != value:
                return None
            # A plate without its first character is as good as whole.
            bare = value[1:] if slot == "plate" and len(value) > 6 else value
            secret = bare.encode().upper().translate(None, _SEPARATORS)
            if flat.count(secret) != 1 or secret in named:
                return None
            found[slot] = value
        told = self.personal
        assert told is not None
        made = Personal(
            kind=told.kind,
            identifier=found[told.identifier],
            fields=found,
            purpose=told.purpose,
            into=told.into,
        )
        return made, strings


def form_of(cls: type[Data], keys: tuple[str, ...]) -> Form | None:
    """None when what a key means is not for the key alone to say, or is not spelled as usual."""
    clear: list[tuple[str, float, float]] = []
    secret: dict[str, str] = {}
    dropped = 0
    for key in keys:
        field = FIELDS[cls].get(squeezed(key))
        stable = STABLE.get(squeezed(key))
        if key in OURS or stable in secret.values() or key == "uidHex" or squeezed(key) == CODE:
            return None
        if stable is not None:
            secret[key] = stable
        elif field is None or field.encode_name == key:
            dropped += field is None
            clear.append((key, *LIMITS.get(key, (-MAX_INT, MAX_INT))))
        else:
            return None
    if secret and {"plate_ref", "subject_ref"} <= set(cls.__struct_fields__):
        return None  # which of them is meant depends on the data
    return Form(
        tuple(clear),
        tuple(secret.items()),
        personal_of(cls, {slot: slot for slot in secret.values()}, ""),
        native("native", dropped=dropped or None),
        not _WEIGHTS.isdisjoint(keys),
    )
