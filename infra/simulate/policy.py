"""The policy file a simulated compound's property office would write: its site, who lives there,
whose car may come in. `menwei run` hands it to the hub; everybody in it is made up."""

import json
from collections.abc import Iterator

from infra.simulate.compound import BUILDINGS, FIRE_LANE, GARDEN_GATE, VEHICLE_GATE, Compound
from infra.simulate.people import Resident, Staff

_ENTRANCE = ("card", "face", "fingerprint", "pin", "qr")
_LISTED_UNTIL = "2030-12-31"


def policy_of(compound: Compound) -> str:
    """TOML, as `menwei policy publish` takes it."""
    return "\n".join(_lines(compound)) + "\n"


def _lines(compound: Compound) -> Iterator[str]:
    yield f"compound = {_text(compound.compound)}"
    yield 'unknown_plates = "deny"'
    yield from _areas()
    yield from _doors(compound)
    camera, zone = FIRE_LANE
    yield f'[cameras.{camera}.zones.{zone}]\npurpose = "fire-lane"\nlimit_s = 120'
    yield from _groups()
    for resident in compound.people.residents:
        yield from _resident(resident)
    for staff in compound.people.staff:
        yield from _staff(staff)
    for resident in compound.people.residents:
        if resident.plate:
            yield f'[[plates]]\nplate = {_text(resident.plate)}\nlist = "white"'
            yield f'person = {_text(resident.number)}\ngroups = ["building-{resident.building}"]'
    for plate in compound.people.truck_plates:
        yield f'[[plates]]\nplate = {_text(plate)}\nlist = "white"'
    yield from _listed(compound)


def _areas() -> Iterator[str]:
    yield '[areas.compound]\ntitle = "小区 Compound"\nantipassback = "soft"\nreset = "04:00"'
    for building in range(1, BUILDINGS + 1):
        yield f'[areas.building-{building}]\ntitle = "{building} 号楼"\nparent = "compound"'


def _doors(compound: Compound) -> Iterator[str]:
    for entrance in compound.entrances:
        yield f'[doors.{entrance.device}]\nkind = "turnstile"\ncredentials = {list(_ENTRANCE)}'
    for door in compound.doors:
        yield f'[doors.{door.device}]\nfrom_area = "compound"\ncredentials = {list(_ENTRANCE)}'
        yield f'to_area = "building-{door.building}"'
    yield f'[doors.{VEHICLE_GATE}]\nkind = "barrier"\ncredentials = ["plate"]\nforced = false'
    yield f'[doors.{GARDEN_GATE}]\ncredentials = ["card", "qr"]'


def _groups() -> Iterator[str]:
    """A building's people come through every entrance and into their own building."""
    for building in range(1, BUILDINGS + 1):
        yield f"[groups.building-{building}]"
        yield f'grants = [{{ areas = ["compound", "building-{building}"] }}]'
    yield "[groups.staff]\nescorts = true\ngrants = [{}]"


def _resident(one: Resident) -> Iterator[str]:
    yield f"[[persons]]\nid = {_text(one.number)}\nname = {_text(one.name)}"
    yield f'groups = ["building-{one.building}"]'
    yield f'credentials = [{{ kind = "card", number = {_text(one.card)} }}]'


def _staff(one: Staff) -> Iterator[str]:
    yield f'[[persons]]\nid = {_text(one.number)}\nkind = "employee"\nname = {_text(one.name)}'
    yield 'class = "staff"\ngroups = ["staff"]'
    yield f'credentials = [{{ kind = "card", number = {_text(one.card)} }}]'


def _listed(compound: Compound) -> Iterator[str]:
    """A card that was reported lost: who shows it is turned away, and the desk is told."""
    lost = compound.people.stray_cards[0]
    yield f'[[listed]]\nkind = "card"\nnumber = {_text(lost)}\naction = "deny"'
    yield 'reason = "卡片挂失 reported lost"\nbasis = "物业服务合同 service contract"'
    yield f"until = {_LISTED_UNTIL}"


def _text(value: str) -> str:
    """A TOML string: JSON's quotes and escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)
