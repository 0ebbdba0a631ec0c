"""Where a camera's picture comes from: what is opened, and what may be shown of it."""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

_DEVICE = re.compile(r"/dev/video(\d{1,3})")
_STREAMS = ("rtsp", "rtsps", "http", "https")


class Unusable(ValueError):
    """What was given is none; the text says what to write, and no password."""


class Address(msgspec.Struct, frozen=True):
    """`opened` may hold a password: it goes to the picture library and nowhere else."""

    kind: Literal["stream", "file", "usb"]
    opened: str | int
    shown: str

    def __repr__(self) -> str:
        return f"Address({self.kind}, {self.shown})"


def address_of(source: str | int, base: Path, username: str = "", password: str = "") -> Address:
    """Unusable: it is none. Files are relative to `base`."""
    if isinstance(source, int) or source.isdecimal():
        if not 0 <= int(source) <= 999:
            raise Unusable("a USB camera's number is 0 to 999. Use that of /dev/videoN.")
        return Address("usb", int(source), f"/dev/video{int(source)}")
    if device := _DEVICE.fullmatch(source):
        return Address("usb", int(device[1]), source)
    scheme, colon, _ = source.partition("://")
    if not colon:
        if not source or "\0" in source:
            raise Unusable("an empty source. Give an address, a file or /dev/videoN.")
        file = base / source
        return Address("file", str(file), str(file))
    if scheme.lower() not in _STREAMS:
        raise Unusable(f"{scheme[:16]}:// is not spoken here. Use rtsp:// or http://.")
    return _stream(source, username, password)


def _stream(source: str, username: str, password: str) -> Address:
    try:
        parts = urlsplit(source)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Unusable("it is no address. Write rtsp://host[:port]/path.") from error
    if not host or any(ord(one) < 33 for one in source):
        raise Unusable("it names no host. Write rtsp://host[:port]/path.")
    if username and parts.username:
        raise Unusable("a user stands in it and in `username`. Keep one of them.")
    bare = f"[{host}]" if ":" in host else host
    bare += f":{port}" if port else ""
    who = parts.netloc.rpartition("@")[0]
    if username:
        who = quote(username, safe="") + (f":{quote(password, safe='')}" if password else "")
    netloc = f"{who}@{bare}" if who else bare
    # Some makers take the password as a parameter: nothing behind the question mark is shown.
    query = "***" if parts.query else ""
    return Address(
        "stream",
        urlunsplit((parts.scheme, netloc, parts.path, parts.query, "")),
        urlunsplit((parts.scheme, f"***@{bare}" if who else bare, parts.path, query, "")),
    )
