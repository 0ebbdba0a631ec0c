"""An access record → the decision, the door's state or the device's own, and what it measured."""

from core.errors import Undecodable
from core.event import Draft, Record
from core.events import access, device
from devices.adapter import Known
from devices.fields import Json, digest, integer, number, text, truth
from devices.hikvision.codes import TABLE, UNKNOWN, Meaning
from devices.hikvision.place import Place
from devices.hikvision.record import clear_values, codes_of, data_of, personal_of

_OF_THE_DEVICE = (device.Tampered, device.Connected, device.Lost, device.ConditionChanged)
_PLAUSIBLE = (25.0, 45.0)  # °C of a person


def drafts(place: Place, alert: Json, record: Json, index: int) -> list[Draft]:
    """`index`: which of an answer's records."""
    major = integer(record, "majorEventType", "major")
    minor = integer(record, "subEventType", "minor")
    if major is None or minor is None:
        raise Undecodable("field", "majorEventType and subEventType have to be whole numbers")
    overlay = place.known.options.get("codes", "")
    meaning = TABLE.meaning((major, minor), overlay)
    clear = clear_values(record)
    if meaning.person and not clear:
        meaning = UNKNOWN
    codes = codes_of(alert, record, (major, minor), meaning.name)
    if overlay in TABLE.overlays:
        codes["overlay"] = overlay
    door_no = integer(record, "doorNo")
    whole = meaning.cls in _OF_THE_DEVICE
    subject = place.subject("device", None) if whole else place.subject("door", door_no)

    serial = integer(record, "serialNo")
    event_id, mark, counted, essence = f"hik:{place.key}:1", "", None, ""
    if serial is not None and serial > 0:
        event_id, counted = f"{event_id}:{serial}", _counted(record, serial)
        essence = f"{major}:{minor}"
    else:  # firmware that numbers nothing
        mark = _mark(place, record, clear, (major, minor), index)
    found = Draft(
        id=event_id,
        device=place.key,
        subject=subject,
        time=place.time,
        timequality=place.quality,
        origin=place.origin,
        data=data_of(meaning, record, codes, place.known),
        personal=personal_of(meaning.cls, clear),
        mark=mark,
        record=counted,
        essence=essence,
        unnumbered=bool(mark) and not place.time,
    )
    measured = _measured(found, record, clear, meaning, place.known)
    return [found] if measured is None else [found, measured]


def _counted(record: Json, serial: int) -> Record:
    """`frontSerialNo` is the record before, of any kind that is pushed; 0 where firmware knows
    none. A search answer has no such field, nor has old firmware."""
    front = integer(record, "frontSerialNo")
    return Record("serialNo", serial, -1 if front is None or not 0 <= front < serial else front)


def _mark(
    place: Place, record: Json, who: dict[str, str], pair: tuple[int, int], index: int
) -> str:
    """By what is the same however often the record is told, pushed or searched for; `index` where
    it has no time and several come in one answer."""
    told = (text(record, name) for name in ("doorNo", "cardReaderNo", "verifyNo"))
    person = who.get("employee") or who.get("card") or who.get("name") or who.get("qr", "")
    return digest(place.time or str(index), f"{pair[0]}:{pair[1]}", *told, person)


def _measured(
    found: Draft, record: Json, clear: dict[str, str], meaning: Meaning, known: Known
) -> Draft | None:
    """Health data of somebody: only where the installer turned it on."""
    if known.options.get("temperature", "").lower() not in ("on", "true", "yes"):
        return None
    told = number(record, "currTemperature", "temperature")
    if told is None:
        return None
    unit = text(record, "thermometryUnit").lower()
    celsius = (told - 32) / 1.8 if unit.startswith("f") else told
    celsius = celsius - 273.15 if unit.startswith("k") else celsius
    if not _PLAUSIBLE[0] <= celsius <= _PLAUSIBLE[1]:
        return None
    abnormal = truth(record, "isAbnomalTemperature", "isAbnormalTemperature") is True
    codes = {name: found.data.native[name] for name in ("adapter", "major", "minor")}
    if meaning.name:
        codes["event"] = meaning.name
    return Draft(
        id=f"{found.id}:temperature",
        device=found.device,
        subject=found.subject,
        time=found.time,
        timequality=found.timequality,
        origin=found.origin,
        data=access.TemperatureMeasured(
            temperature_cel=round(celsius, 2), abnormal=abnormal, native=codes
        ),
        personal=personal_of(access.TemperatureMeasured, clear),
        mark=found.mark,
        record=found.record,
        unnumbered=found.unnumbered,
    )
