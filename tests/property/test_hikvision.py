"""Hikvision's alerts with parts missing, changed, repeated or in another charset: always facts or
a known reason, nobody in the clear, and the same fact under the same id."""

import json
import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from hypothesis import given, settings
from hypothesis import strategies as st

from devices import registry
from devices.adapter import Known, Message, Site
from tests.property.test_decode import check, places, unsealed, values
from tests.unit.devices.wire import DEVICES, SHANGHAI

TOPIC = "hikvision/gate-west"
FOLDER = DEVICES / "hikvision" / "samples"
XML = [path.read_bytes() for path in sorted(FOLDER.glob("*.xml"))]
JSON = [path.read_bytes() for path in sorted(FOLDER.glob("*.json"))]
KEYS = ("025e10aa0007", "025e10bb0003")
WARM = Site(
    zone=SHANGHAI.zone,
    devices=dict.fromkeys(KEYS, Known(options={"temperature": "on", "codes": "lift-relays"})),
)
texts = st.one_of(
    st.sampled_from(["", "0", "-1", "1e400", "true", "unknown", "active", "inactive", "x" * 300,
                     "2026-03-02T07:41:09", "9" * 30, "<&>", "\u202e", "videoloss", "ANPR"]),
    st.text("ab9 粤é<&:-/", max_size=12),
    st.integers().map(str),
    st.floats().map(str),
)  # fmt: skip
secrets = st.one_of(
    st.text("赵钱孙李周吴郑王冯陈", min_size=2, max_size=4),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"[京沪粤苏浙川][A-H][A-HJ-NP-Z0-9]{5,6}", fullmatch=True),
)
# Where a device says somebody's name, number or plate, or words of its own that may hold them.
NAMED = {"licensePlate", "originalLicensePlate", "cardNo", "name", "employeeNoString", "QRCodeInfo",
         "channelName", "deviceName", "eventDescription", "plateColor", "plateType", "vehicleType",
         "listType", "direction", "detectionTarget", "userType", "currentVerifyMode", "mask",
         "attendanceStatus", "UUID", "label"}  # fmt: skip


def elements(root: Element) -> list[Element]:
    return list(root.iter())[1:]


@settings(max_examples=500)
@given(st.sampled_from(XML), st.booleans(), st.data())
def test_xml_with_other_values_in_it(payload: bytes, topic: bool, data: Any) -> None:
    root = fromstring(payload)
    for _ in range(data.draw(st.integers(1, 4))):
        chosen = data.draw(st.sampled_from(elements(root) or [root]))
        match data.draw(st.sampled_from(["text", "rename", "drop", "twice", "nest", "attribute"])):
            case "text":
                chosen.text = data.draw(texts)
            case "rename":
                chosen.tag = data.draw(st.sampled_from(["eventType", "ANPR", "serialNo", "x"]))
            case "drop":
                for parent in root.iter():
                    if chosen in list(parent):
                        parent.remove(chosen)
            case "twice":
                root.append(chosen)
            case "nest":
                SubElement(chosen, data.draw(st.sampled_from(["ANPR", "x"]))).text = "5"
            case _:
                chosen.set("size", data.draw(texts))
    said = data.draw(st.sampled_from(["utf-8", "utf-16", "gb18030", "us-ascii"]))
    for site in (SHANGHAI, WARM):
        message = Message(TOPIC if topic else "", tostring(root, said))
        outcome = registry.decode(message, site, "hikvision")
        check(outcome)


@settings(max_examples=500)
@given(st.sampled_from(JSON), st.data())
def test_json_where_everything_is_turned_on(payload: bytes, data: Any) -> None:
    body = json.loads(payload)
    for _ in range(data.draw(st.integers(0, 3))):
        container, key = data.draw(st.sampled_from(list(places(body)) or [(body, "x")]))
        container[key] = data.draw(values)
    charset = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
    text = json.dumps(body, ensure_ascii=False).encode(charset, "replace")
    check(registry.decode(Message(TOPIC, text), WARM))


@settings(max_examples=300)
@given(st.sampled_from(XML), secrets)
def test_nobody_stands_in_the_clear(payload: bytes, secret: str) -> None:
    root = fromstring(payload)
    for element in elements(root):
        if element.tag.rpartition("}")[2] in NAMED:
            element.text = secret
    message = Message(TOPIC, tostring(root, "utf-8"))
    for draft in check(registry.decode(message, WARM)):
        assert secret not in unsealed(draft)


@settings(max_examples=300)
@given(st.sampled_from(XML + JSON), st.integers(0, 99), st.booleans())
def test_another_post_of_the_same_is_the_same(payload: bytes, posts: int, again: bool) -> None:
    """Its count and that it is sent again change the bytes, and neither id nor fact."""
    first = registry.decode(Message(TOPIC, payload), SHANGHAI)
    text = payload.decode()
    text = re.sub(r"(activePostCount\W+)\d+", rf"\g<1>{posts}", text)
    if again:
        text = re.sub(r"(isDataRetransmission\W+)(true|false)", r"\g<1>true", text)
    second = registry.decode(Message(TOPIC, text.encode()), SHANGHAI)
    assert isinstance(first, registry.Decoded)
    assert isinstance(second, registry.Decoded)
    for one, other in zip(first.drafts, second.drafts, strict=True):
        assert (one.id, one.mark, one.personal, one.time) == (
            other.id, other.mark, other.personal, other.time,
        )  # fmt: skip
        assert _told(one.data) == _told(other.data)


def _told(data: Any) -> dict[str, Any]:
    return {name: getattr(data, name) for name in data.__struct_fields__ if name != "native"}
