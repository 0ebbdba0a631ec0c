"""What a native device may call an event, and where the event belongs when it does not say."""

import re

from core.catalog import CATALOG
from core.errors import Undecodable
from core.event import Data
from core.speakers import of_devices
from devices.adapter import Known
from devices.fields import Json, reveals, slug, text

_JUDGED = (
    "gateway", "ingest", "alarm", "case", "journal",
    "timer", "duty", "policy", "command", "subject", "visitor",
    "register", "history", "waste.catchup", "waste.ledger",
    "device.gap", "device.epoch", "device.throttled", "device.clockskewed",
)  # fmt: skip

_KIND = re.compile(
    r"(door|gate|camera|bin|point|vehicle|device|collection|facility|weighbridge|route)"
    r"/([\w.-]{1,64})"
)
_DEFAULT_KINDS = (
    ("access.", "door"), ("door.", "door"), ("gate.", "gate"), ("camera.", "camera"),
    ("waste.bin.", "bin"), ("waste.deposit.", "point"), ("waste.inspection.", "point"),
    ("waste.load.", "collection"), ("waste.ticket.", "collection"),
    ("vehicle.positioned.", "vehicle"), ("vehicle.", "gate"),
)  # fmt: skip


def _index() -> dict[str, type[Data]]:
    """Every type by its stored name and by its name without version: then the newest."""
    found: dict[str, type[Data]] = {}
    versions: dict[str, int] = {}
    for name, cls in CATALOG.types.items():
        bare, _, version = name.rpartition(".v")
        found[name] = cls
        if int(version) > versions.get(bare, 0):
            versions[bare] = int(version)
            found[bare] = cls
    return found


_TYPES = _index()


def resolve(told: str) -> type[Data]:
    """The class of `access.granted.v1`, `access.granted` or `cn.example.access.granted.v1`."""
    rest = told
    while rest:
        if cls := _TYPES.get(rest):
            if of_devices(cls.TYPE):
                return cls
            raise Undecodable("forbidden-type", f"{cls.TYPE} is not a device's to say")
        rest = rest.partition(".")[2]
    if any(f".{judged}." in f".{told}." for judged in _JUDGED):
        raise Undecodable("forbidden-type", "a judgement of gateway, hub or people")
    raise Undecodable("unknown-type", "no such type in this version's catalogue")


def subject_of(told: str, default: str, device: str, secrets: tuple[str, ...]) -> str:
    """The subject the device gave, when it has our form and names no person or plate."""
    form = _KIND.fullmatch(told)
    if form is None:
        return default
    if reveals(form[2], secrets):
        return f"{form[1]}/{device}"
    return told


def default_subject(cls: type[Data], known: Known, device: str, data: Json) -> str:
    """The installer's word first. A collected bin is the bin that was lifted, not the reader on
    the truck; and a statement about the device itself stays with the device."""
    name = known.name or device
    if cls.TYPE.startswith("device."):
        return f"device/{name}"
    lifted = slug(text(data, "bin").removeprefix("bin/"))
    if lifted and cls.TYPE.startswith("waste.bin.collected."):
        return f"bin/{lifted}"
    if known.subject:
        return known.subject
    for prefix, kind in _DEFAULT_KINDS:
        if cls.TYPE.startswith(prefix):
            return f"{kind}/{name}"
    return f"device/{name}"
