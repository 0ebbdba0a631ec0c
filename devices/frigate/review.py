"""Frigate's reviews: tracks laid together for somebody to look at, and what is new about one."""

from typing import Any, Literal

from core.errors import Undecodable
from core.event import Draft, Personal
from core.events.camera import ReviewReported
from devices.adapter import Site
from devices.fields import Json, clean, code, native, number, section, slug, text, unix

_MOST = 64  # of a list
_VERIFIED = "-verified"  # of a label: somebody is named in `sub_labels`
_SEVERITIES: dict[str, Literal["alert", "detection", "other"]] = {
    "alert": "alert",
    "detection": "detection",
}
_TOLD = ("objects", "zones", "sub_labels", "audio")  # more of these is news; more tracks are not


def is_review(after: Any) -> bool:
    return isinstance(after, dict) and "severity" in after and "camera" in after


def review(site: Site, parsed: Json, phase: Literal["new", "update", "end"]) -> list[Draft]:
    """Nothing, where an update only brings a better thumbnail."""
    before, after = section(parsed, "before"), section(parsed, "after")
    if phase == "update" and not _news(before, after):
        return []
    camera, number_of = slug(text(after, "camera")), code(after, "id")
    if not camera or not number_of:
        raise Undecodable("field", "id" if camera else "camera")
    data, known = section(after, "data"), site.known(camera)
    names = tuple(_listed(data, "sub_labels"))
    began, ended = number(after, "start_time"), number(after, "end_time")
    at = ended if phase == "end" and ended is not None else began if phase == "new" else None
    time = unix(at) if at is not None else ""
    lasted = None
    if began is not None and ended is not None and ended >= began:
        lasted = round(ended - began, 3)
    told = ReviewReported(
        review=number_of,
        phase=phase,
        severity=_SEVERITIES.get(text(after, "severity").lower(), "other"),
        tracks=tuple(
            filter(None, (code({"id": one}, "id") for one in _listed(data, "detections")))
        ),
        labels=_words(data, "objects"),
        zones=_words(data, "zones"),
        sounds=_words(data, "audio"),
        duration_s=lasted,
        native=native("frigate", severity=code(after, "severity")),
    )
    return [
        Draft(
            id=f"frigate:{camera}:1:review:{number_of}:{phase}{_step(phase, told, names)}",
            device=camera,
            subject=known.subject or f"camera/{known.name or camera}",
            time=time,
            timequality="device-zone" if time else "gateway",
            data=told,
            personal=_named(names),
        )
    ]


def _news(before: Json, after: Json) -> bool:
    if text(before, "severity") != text(after, "severity"):
        return True
    was, now = section(before, "data"), section(after, "data")
    return any(set(_listed(now, one)) - set(_listed(was, one)) for one in _TOLD)


def _step(phase: str, told: ReviewReported, names: tuple[str, ...]) -> str:
    """A review only grows: how far it has tells its updates apart, and nobody's name."""
    if phase != "update":
        return ""
    sizes = (told.labels, told.zones, told.sounds, names)
    return f":{told.severity}:" + "-".join(str(len(one)) for one in sizes)


def _named(names: tuple[str, ...]) -> Personal | None:
    if not names:
        return None
    return Personal(
        kind="name",
        identifier=names[0],
        fields={"name": names[0]} if len(names) == 1 else {"names": ", ".join(names)},
        purpose="camera",
        into="subject_ref" if len(names) == 1 else "",
    )


def _words(data: Json, name: str) -> tuple[str, ...]:
    made = (slug(each.removesuffix(_VERIFIED)) for each in _listed(data, name))
    return tuple(dict.fromkeys(filter(None, made)))


def _listed(data: Json, name: str) -> list[str]:
    told = data.get(name)
    if not isinstance(told, list):
        return []
    words = (one[0] if isinstance(one, list) and one else one for one in told[:_MOST])
    cleaned = (clean(one) for one in words if isinstance(one, str))
    return list(dict.fromkeys(filter(None, cleaned)))
