"""A MANSCDP document, with what firmware does to it undone."""

import re

from core.errors import Undecodable
from devices import markup
from devices.charset import text_of

_AMPERSAND = re.compile(r"&(?!#?\w{1,16};)")


def document(payload: bytes) -> tuple[str, markup.Json]:
    """Also where the end of a C string stands behind it, a description was cut in the middle of a
    character, or has a bare ampersand: the alarm is worth more than its words."""
    bare = payload.rstrip(b"\x00\r\n ")
    try:
        return markup.parse(bare)
    except Undecodable as error:
        if error.reason not in ("charset", "malformed"):
            raise
        try:
            text = text_of(bare)
        except Undecodable:
            text = bare.decode("gb18030", "replace")
        return markup.parse(_AMPERSAND.sub("&amp;", text).encode())
