"""What Frigate says of itself and of its cameras' pictures: plain words, not retained."""

from core import strictjson
from core.event import Data, Draft
from core.events import camera, device
from devices.adapter import Message, Site
from devices.fields import MAX_INT, Json, native, number, section, slug

SERVER = "frigate"
_UP, _DOWN = "online", frozenset({"offline", "stopped"})


def stated(levels: list[str], word: str, site: Site) -> list[Draft]:
    """`frigate/available`, `frigate/<camera>/status/<role>` and, of cameras the installer named,
    `frigate/<camera>/<object>`: a zone's count has the same form."""
    if levels[1:] == ["available"]:
        return _available(levels[0], word, site)
    if len(levels) == 4 and levels[2] == "status":
        return _picture(slug(levels[1]), levels[3], word, site)
    if len(levels) == 3 and levels[1] in site.devices and levels[2] != "all" and word.isdecimal():
        return _count(slug(levels[1]), slug(levels[2]), word, site)
    return []


def filming(message: Message) -> list[str]:
    """Cameras of which frames come, out of `frigate/stats`. One of which none come falls silent,
    and the gateway says so in its time."""
    told = strictjson.parse(message.payload)
    cameras: Json = section(told, "cameras") if isinstance(told, dict) else {}
    return [
        made
        for name, about in cameras.items()
        if isinstance(about, dict)
        and (number(about, "camera_fps") or 0) > 0
        and (made := slug(name))
    ]


def _available(server: str, word: str, site: Site) -> list[Draft]:
    data: Data
    if word == _UP:
        data = device.Connected(reason="available", native=native("frigate"))
    elif word in _DOWN:
        data = device.Lost(reason=word, native=native("frigate"))
    else:
        return []
    key = slug(server) or SERVER
    return [_draft(key, f"device/{site.known(key).name or key}", f"available:{word}", data)]


def _picture(named: str, role: str, word: str, site: Site) -> list[Draft]:
    data: Data
    codes = native("frigate", role=slug(role))
    if not named or slug(role) == "record":
        return []
    if word == "offline":
        data = camera.VideoLost(reason="offline", native=codes)
    elif word == _UP:
        data = camera.VideoRestored(reason=_UP, native=codes)
    else:
        return []  # disabled: somebody's wish
    return [_draft(named, _place(named, site), f"status:{slug(role)}:{word}", data)]


def _count(named: str, label: str, word: str, site: Site) -> list[Draft]:
    count = int(word[:16])
    if count > MAX_INT or not named or not label:
        return []
    data = camera.CrowdCounted(label=label, count=count, native=native("frigate"))
    return [_draft(named, _place(named, site), f"count:{label}:{count}", data)]


def _place(named: str, site: Site) -> str:
    known = site.known(named)
    return known.subject or f"camera/{known.name or named}"


def _draft(key: str, subject: str, tail: str, data: Data) -> Draft:
    return Draft(
        id=f"frigate:{key}:1:{tail}",
        device=key,
        subject=subject,
        time="",
        timequality="gateway",
        data=data,
        unnumbered=True,
    )
