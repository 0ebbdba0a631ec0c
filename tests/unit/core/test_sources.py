"""Whose events a batch holds, whatever they say."""

import pytest

from core import codec, sources
from core.batch import Batch, parse
from core.errors import BadFrame
from core.events.journal import Opened
from tests.fix_core import Enrolled, changed
from tests.fix_epochs import Box
from tests.fix_newer import SOURCE, in_codec

PREFIX = "/c/jinxiu/gw/gw-1/"


def holding(gateway: Enrolled, lines: bytes, count: int) -> Batch:
    return parse(gateway.forged(gateway.next_header(count), lines).frame)


def refusal(batch: Batch) -> str:
    with pytest.raises(BadFrame) as caught:
        sources.check(batch, PREFIX)
    return caught.value.reason


def test_as_many_of_the_gateways_own_as_the_header_says(gateway: Enrolled) -> None:
    sources.check(gateway.forged(), PREFIX)
    assert (
        refusal(gateway.forged(gateway.next_header(3), codec.lines(gateway.events(2)))) == "count"
    )
    with pytest.raises(BadFrame, match="another gateway"):
        sources.check(gateway.forged(), "/c/jinxiu/gw/gw-11/")


@pytest.mark.parametrize("where", [0, 1, 2])
def test_every_line_is_looked_at(gateway: Enrolled, where: int) -> None:
    lines = [b'{"source":"%s"}' % SOURCE] * 3
    sources.check(holding(gateway, b"\n".join(lines), 3), PREFIX)
    lines[where] = lines[where].replace(b"gw-1", b"gw-2")
    assert refusal(holding(gateway, b"\n".join(lines), 3)) == "source"
    lines[where] = b'{"source":null}'
    assert refusal(holding(gateway, b"\n".join(lines), 3)) == "payload"


def test_it_agrees_with_who_reads_the_events_later(gateway: Enrolled) -> None:
    """Written with escapes, or twice: what counts here is what a reader will find."""
    line = (
        rb'{"source":"/c/x/gw/y/dev/z","\u0073ource":"%s","id":"","type":"","subject":"",' % SOURCE
    )
    batch = holding(gateway, line + b'"time":"","recordedtime":""}', 1)
    sources.check(batch, PREFIX)
    (found,) = codec.envelopes(batch)
    assert found.source.startswith(PREFIX)


def test_of_an_unknown_codec_nothing_is_seen(gateway: Enrolled) -> None:
    foreign = holding(gateway, b'{"source":"/c/x/gw/y/dev/z"}', 1)
    assert refusal(foreign) == "source"
    sources.check(in_codec(foreign, gateway.signer, 9), PREFIX)


def test_a_known_codec_that_does_not_open_is_refused(gateway: Enrolled) -> None:
    """Not taken for one that is to come."""
    batch = gateway.forged(lines=b'{"source":"x"}\n' * 100)
    assert refusal(in_codec(batch, gateway.signer, 0)) == "payload"
    header = changed(batch.header)
    assert refusal(Batch(header, 1, batch.plain_size, b"no zstd", b"")) == "payload"


def test_the_first_event_needs_only_type_and_data(gateway: Enrolled) -> None:
    batch = holding(gateway, b'{"type":"t","data":[1],"id":7}\n{"type":8}', 2)
    said = sources.first_said(batch)
    assert said is not None
    assert (said[0], bytes(said[1])) == ("t", b"[1]")
    for lines in (b"", b"[]", b'{"type":8}', b'{"data":{}}', b"{", b"\xff"):
        assert sources.first_said(holding(gateway, lines, 1)) is None
    box = Box("gw-1", 1)
    said = sources.first_said(box.batches()[0])
    assert said is not None
    assert said[0] == Opened.TYPE
