"""XML from strangers: what is read, and what is never expanded."""

import pytest

from core.errors import Undecodable
from devices import charset, markup


def reason(payload: bytes) -> str:
    with pytest.raises(Undecodable) as raised:
        markup.parse(payload)
    return raised.value.reason


def test_a_document_as_dictionaries() -> None:
    name, found = markup.parse(
        b'<a:Alert xmlns:a="urn:x" version="2"><n> 5 </n><e i="1"/><e i="2">t</e></a:Alert>'
    )
    assert name == "Alert"
    assert found == {"@version": "2", "n": "5", "e": [{"@i": "1"}, {"@i": "2", "#": "t"}]}
    assert markup.several(found, "n") == ["5"]
    assert markup.several(found, "missing") == []


@pytest.mark.parametrize("declared", ["GB2312", "UTF-8", "GB18030", "iso-8859-1"])
@pytest.mark.parametrize("written", ["utf-8", "gb18030"])
def test_a_declaration_is_not_believed(declared: str, written: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?><N><D>东门告警</D></N>'.encode(written)
    assert markup.parse(body)[1] == {"D": "东门告警"}


def test_entities_and_dtds_are_refused() -> None:
    bomb = b'<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><b>&b;</b>'
    outside = b'<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><b>&a;</b>'
    assert [reason(bomb), reason(outside), reason(b"<!DOCTYPE b><b/>")] == ["malformed"] * 3


def test_depth_size_and_rubbish() -> None:
    assert reason(b"<a>" * 100 + b"</a>" * 100) == "nesting"
    assert reason(b"<a>" + b"<b/>" * 30_000 + b"</a>") == "nesting"
    assert reason(b"<a>") == "malformed"
    assert reason(b" ") == "empty"
    assert reason(b"<a>" + b" " * 1_000_001) == "oversized"
    assert reason(b"<a>\xff\xff</a>") == "charset"


def test_utf16_with_its_mark() -> None:
    assert charset.text_of("﻿东门".encode("utf-16-le")) == "东门"
