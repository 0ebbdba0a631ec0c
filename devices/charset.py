"""Which characters the bytes of a Chinese device are, whatever their declaration says.

GB/T 28181-2016 wants GB2312, firmware sends GB18030, and both label UTF-8 as either. Text of
more than a few characters is UTF-8 by chance almost never, so UTF-8 that holds is UTF-8.
"""

import codecs

from core.errors import Undecodable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip


def text_of(payload: bytes) -> str:
    """Undecodable("charset") when it is neither UTF-8, GB18030 nor marked UTF-16."""
    for mark, name in _MARKS:
        if payload.startswith(mark):
            return _decoded(payload[len(mark) :], name)
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(payload, "gb18030")


def utf8(payload: bytes) -> bytes:
    """The same text in UTF-8; what is UTF-8 already is handed back as it is."""
    if payload.isascii():
        return payload
    return text_of(payload).encode()


def _decoded(payload: bytes, name: str) -> str:
    try:
        return payload.decode(name)
    except UnicodeDecodeError as error:
        raise Undecodable("charset", f"neither UTF-8 nor {name} at byte {error.start}") from error
