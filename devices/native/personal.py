"""The personal values a native payload may carry, and which of them becomes the reference.

A device cannot hold our key: what it sends as `subjectRef` is an identifier like any other.
"""

from typing import Literal

from core.event import Data, Personal
from devices.fields import Json, shown, spelling, squeezed, text

Kind = Literal["employee", "card", "plate", "resident", "name", "phone", "other"]
Purpose = Literal["access", "vehicle", "waste", "camera"]

# Name on the wire, squeezed → the stable key it gets in the sealed fields.
STABLE = {
    "CARDNO": "card", "CARD": "card", "CARDNUMBER": "card", "CARDID": "card",
    "EMPLOYEENO": "employee", "EMPLOYEENOSTRING": "employee", "USERID": "employee",
    "INSPECTORREF": "employee",
    "RESIDENTID": "resident", "RESIDENT": "resident", "RESIDENTREF": "resident",
    "NAME": "name", "PERSONNAME": "name",
    "PHONE": "phone", "MOBILE": "phone",
    "IDNO": "id", "SUBJECTREF": "id",
    "QR": "qr", "QRCODE": "qr", "QRTEXT": "qr", "QRCODEINFO": "qr",
    "PIN": "pin", "PINCODE": "pin",
    "PLATE": "plate", "PLATENO": "plate", "PLATENUMBER": "plate",
    "LICENSEPLATE": "plate", "PLATEREF": "plate", "VEHICLEREF": "plate",
}  # fmt: skip
# A word for many things; of a QR credential it is the text that was shown.
CODE = "CODE"
_KINDS: dict[str, Kind] = {
    "card": "card", "employee": "employee", "resident": "resident", "name": "name",
    "phone": "phone", "plate": "plate", "id": "other",
    "qr": "other", "pin": "other",
}  # fmt: skip
_PERSON = ("employee", "resident", "id", "card", "phone", "name", "plate", "qr", "pin")
_VEHICLE = ("plate", "id", "card", "employee", "resident", "phone", "name", "qr", "pin")
_HOUSEHOLD = ("resident", "employee", "id", "card", "phone", "name", "plate", "qr", "pin")
_ORDERS = {"plate_ref": _VEHICLE, "vehicle_ref": _VEHICLE, "resident_ref": _HOUSEHOLD}
_MOST = 4
_REFERENCES = ("plate_ref", "vehicle_ref", "resident_ref", "inspector_ref", "subject_ref")


def is_personal(key: str) -> bool:
    """Whether a key of `data` holds a person's or a vehicle's identity, however it is spelled."""
    return spelling(key) in STABLE


def clear_values(data: Json) -> dict[str, str]:
    """Every personal value under its stable key; a second, different one as card2, card3 ... up
    to a limit, since a key can be spelled in very many ways."""
    found: dict[str, str] = {}
    for key in data:
        flat = spelling(key)
        stable = STABLE.get(flat)
        if flat == CODE and text(data, "credential").lower() == "qr":
            stable = "qr"
        if stable is None:
            continue
        value = shown(data, key) if stable == "qr" else text(data, key)
        if not value:
            continue
        slot, count = stable, 1
        while found.get(slot, value) != value:
            count += 1
            slot = f"{stable}{count}"
        if count <= _MOST:
            found[slot] = value
    return found


def secrets_of(values: dict[str, str]) -> tuple[str, ...]:
    """What may stand nowhere in the clear, as `reveals` wants it: the values, and plates without
    their province too."""
    shortened = tuple(
        value[1:] for key, value in values.items() if key.startswith("plate") and len(value) > 6
    )
    return tuple(map(squeezed, (*values.values(), *shortened)))


def personal_of(cls: type[Data], values: dict[str, str], recognised: str) -> Personal | None:
    """None without personal values. A type that has no reference field gets `into=""`: sealed,
    not referenced. `recognised` is the kind a camera's recognition is of."""
    if not values:
        return None
    into = _reference(cls, recognised)
    chosen = next(key for key in _ORDERS.get(into, _PERSON) if key in values)
    domain = cls.TYPE.partition(".")[0]
    purposes: dict[str, Purpose] = {"vehicle": "vehicle", "waste": "waste", "camera": "camera"}
    return Personal(
        kind=_KINDS[chosen],
        identifier=values[chosen],
        fields=values,
        purpose=purposes.get(domain, "access"),
        into=into,
    )


def _reference(cls: type[Data], recognised: str) -> str:
    fields = cls.__struct_fields__
    if "plate_ref" in fields and "subject_ref" in fields:
        return "plate_ref" if recognised == "plate" else "subject_ref"
    return next((name for name in _REFERENCES if name in fields), "")
