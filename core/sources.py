"""Whose events a batch holds, told without reading them: a newer gateway's words may be strange,
its name may not be.

Of a line only `source` is looked at, so that a batch is refused for naming somebody else and
never for saying something this version does not understand.
"""

import msgspec

from core.batch import Batch
from core.errors import BadFrame


class _Line(msgspec.Struct, gc=False):
    source: str


class _Said(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


_LINES = msgspec.json.Decoder(_Line)
_RAW = msgspec.json.Decoder(msgspec.Raw)
_SAID = msgspec.json.Decoder(_Said)
# What a decoder says to bytes that are not its own: no JSON, no UTF-8, nested without end.
ILLEGIBLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def check(batch: Batch, prefix: str) -> None:
    """BadFrame unless the batch holds as many JSON objects as its header says, each with a
    `source` that begins with `prefix`. Of a payload whose codec is not known nothing can be seen:
    there the signature by the gateway's own key is all that vouches for it."""
    if not batch.readable:
        return
    try:
        found = _LINES.decode_lines(batch.lines())
    except ILLEGIBLE as error:
        raise BadFrame("payload", f"line is not an event: {error}") from error
    first, last = batch.header.first, batch.header.last
    if len(found) != last - first + 1:
        raise BadFrame("count", f"{len(found)} events, header says {first}..{last}")
    for line in found:
        if not line.source.startswith(prefix):
            raise BadFrame("source", "an event names another gateway")


def named(batch: Batch) -> str:
    """Source of the batch's first event; empty when it cannot be told."""
    try:
        return _LINES.decode(_RAW.decode_lines(batch.lines())[0]).source
    except (BadFrame, *ILLEGIBLE, IndexError):
        return ""


def first_said(batch: Batch) -> tuple[str, msgspec.Raw] | None:
    """Type and raw data of the batch's first event, whatever else it has around them; None when
    not even these can be told. BadFrame when a known codec does not give back its payload."""
    if not batch.readable:
        return None
    try:
        said = _SAID.decode(_RAW.decode_lines(batch.lines())[0])
    except (*ILLEGIBLE, IndexError):
        return None
    return said.type, said.data
