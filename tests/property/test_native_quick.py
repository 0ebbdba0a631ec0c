"""The quick reading of a native message is `decode`'s, or none at all."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from core.catalog import CATALOG
from core.event import Data, Draft
from devices import registry
from devices.adapter import Known, Message, Site
from devices.native.quick import Quick
from tests.golden.samples.every import SAMPLES
from tests.unit.devices.wire import message_of, samples

KNOWN = {
    "door-07": Known(name="south-1", subject="door/south-1"),
    "bin-a03": Known(name="A03-2"),
    "pole-13912345678": Known(),
    "gate-1": Known(subject="gate/8800126053"),
}
SITES = (Site(), Site(zone=ZoneInfo("Asia/Shanghai"), devices=KNOWN))
LASTING = tuple(Quick(site) for site in SITES)  # what one message taught must hold for the next


def _observed(name: str) -> bool:
    return name.partition(".")[0] in ("access", "door", "gate", "camera", "waste", "vehicle")


def agreed(topic: str, payload: bytes) -> Draft | None:
    """The quick reading for the second of the sites, when it is what `decode` says."""
    for site, lasting in zip(SITES, LASTING, strict=True):
        fresh = Quick(site)
        for quick in (lasting, fresh, fresh):
            made = quick.draft(topic, payload)
            if made is None:
                continue
            outcome = registry.decode(Message(topic, payload), site)
            assert isinstance(outcome, registry.Decoded), outcome
            assert outcome.adapter == "native"
            assert outcome.drafts == (made,)
            # Equal values may differ in kind (1, 1.0, true) or order; their bytes do not.
            assert msgspec.json.encode(outcome.drafts[0]) == msgspec.json.encode(made)
    return made


topics = st.sampled_from(
    ["site/access/door-07"] * 9
    + ["site/waste/bin-a03", "site/door-07", "site/a/gate-1", "site/a/b/c", "site//door-07/",
       "site/x/pole-13912345678", "site/x/粤B12345", "site/x/8800126053", "site/x/a" + "b" * 70,
       "site/x/door 7", "site", "Site/x/door-07", "$site/x/y", "x/door-07", ""]
)  # fmt: skip
CLASSES = [cls for name, cls in CATALOG.types.items() if _observed(name)]
PERSONAL = ["cardNo", "card", "card_no", "employeeNo", "name", "phone", "plateNo", "plate",
            "subjectRef", "residentRef", "vehicleRef", "idNo", "CARDNO", "qr", "pin"]  # fmt: skip
STRAY = ["duration_s", "CAUSE", "rssi", "native", "pii", "media", "", "a b", "specversion",
         "13912345678", "batterypct", "id"]  # fmt: skip
UNUSUAL = ["origin", "traceparent", "correlationid", "data_base64", "dataschema", "x"]
SECRETS = ["8800126053", "AB-12 34", "1234", "123", "door-07", "grant", "1111", "VEH-000121",
           "13912345678", "粤B12345", "李小雨", " 8800126053", "A,B,A,B,A"]  # fmt: skip
words = st.sampled_from(
    ["grant", "in", "out", "card", "plate", "food", "normal", "full", "resident", "unknown", "",
     " grant", "grant ", "x" * 256, "x" * 257, "bin/A03-2", "door/south-1", "a\u007fb", "a\tb",
     "13912345678", "a13912345678", "+86 139 1234 5678", "139123456789", "粤B·12345", "é", "0",
     "74:10:37:94", "\\", 'a"b', "0" * 64, "8800126053", "88-0012 6053", "x8800126053y",
     "EH-000121"]
)  # fmt: skip
numbers = st.sampled_from(
    ["0", "-0", "1", "0.5", "-1", "88", "100", "101", "21.5", "360", "1e2", "1E-2", "-273.16",
     "2000.5", "9007199254740991", "9007199254740992", "-9007199254740992", "1e15", "1e999",
     "5.0", "-0.0", "0.1000000000000000055511151231257827", "1234", "8800126053", "13912345678",
     "1" * 300, "1" * 400, "4" * 5000, "01", "+1", "1.", "NaN", "Infinity", "1e-400"]
)  # fmt: skip
others = st.sampled_from(["true", "false", "null", "[]", "{}", "[0.1,0.2,0.3,0.4]", '{"a":1}',
                          '[{"sha256":"' + "a" * 64 + '"}]', "", "tru", "'a'"])  # fmt: skip
ids = st.sampled_from(
    ["door-07-000481", "bin-1", "7", "", " ", "x" * 256, "x" * 257, "r-13912345678", "r-1391234567",
     "1763712000000", "r13912345678", "8800126053-1", "88 0012.6053", "door-07/1", "李小雨-1"]
)  # fmt: skip
sources = st.sampled_from(
    ["/devices/door-07", "door-07", "/devices/gate-1/", "urn:x:13912345678", "/d/8800126053", "",
     "/d/" + "x" * 260, "/c/x/gw/y/dev/bin-a03", "/d/粤B12345", "x#y", "/", "///"]
)  # fmt: skip
subjects = st.sampled_from(
    ["door/south-1", "bin/A03", "door/13912345678", "device/8800126053", "door/VEH-000121", "", "x",
     "door/" + "a" * 64, "door/" + "a" * 65, "people/1"]
)  # fmt: skip
times = st.sampled_from(
    ["2026-11-21T08:00:00.123Z", "2026-11-21T08:00:00Z", "2026-11-21T16:00:00+08:00",
     "2026-11-21T16:00:00.120+08:00", "2026-11-21T08:00:00.000Z", "2026-11-21T08:00:00-00:00",
     "2026-11-21T08:00:00.123456+00:00", "2026-11-21T08:00:00.000999Z", "2026-11-21T08:00:00.12Z",
     "2026-11-21T08:00:00.1234Z", "2026-11-21T08:00:00,123Z", "2026-11-21T08:00:00.1234567Z",
     "2026-11-21T08:00:00+14:59", "2026-11-21T08:00:00+08:60", "2026-11-21T08:00:00+24:00",
     "2026-11-21T08:00:00+08:00:30", "2026-11-21T08:00:00+0800", "2026-11-21T24:00:00Z",
     "2026-11-21T08:00:60Z", "2026-02-29T08:00:00Z", "2024-02-29T08:00:00Z", "2026-13-01T08:00:00Z",
     "2026-11-31T08:00:00Z", "1999-12-31T23:59:59Z", "2099-12-31T23:59:59.999-12:00",
     "2100-01-01T00:00:00Z", "2026-11-21t08:00:00z", "2026-11-21 08:00:00Z", "2026-W47-6T08:00:00Z",
     "2026-11-21T08:00:00", "2026-11-21", "20261121T080000Z", " 2026-11-21T08:00:00Z", "", "now",
     "2026-11-21T08:00:00123Z", "0001-01-01T00:00:00+14:00", "2026/11/21T08:00:00Z"]
)  # fmt: skip
sequences = st.one_of(
    st.sampled_from(['"0007"', '"7"', "7", "0", "-0", "-1", "7.5", "7.0", "true", "null", '""',
                     '"00013912345678"', "13912345678", '"13912345678"', "139123456789",
                     "9007199254740991", "9007199254740992", '"' + "9" * 33 + '"', '"x"', "[]",
                     '" 7"', '"٣"', "8800126053", '"8800126053"', "1234"]),
    st.integers(0, 2**54).map(str),
)  # fmt: skip


quoted = words.map(lambda text: json.dumps(text, ensure_ascii=False))
anything = st.one_of(quoted, numbers, st.integers(0, 100).map(str), others)


def _usual(told: inspect.Type) -> st.SearchStrategy[Any]:
    """What a device may well say in a field of this type."""
    if isinstance(told, inspect.LiteralType):
        return st.sampled_from(told.values)
    if isinstance(told, inspect.BoolType):
        return st.booleans()
    if isinstance(told, inspect.IntType):
        return st.integers(0, 100)
    if isinstance(told, inspect.FloatType):
        return st.sampled_from([0, 1, 0.5, 0.25])
    if isinstance(told, inspect.UnionType):
        return st.one_of([_usual(each) for each in told.types])
    if isinstance(told, inspect.StrType):
        return st.sampled_from(["grant", "T2", "A03-2", "zone 4", ""])
    return st.nothing()


def _fields(cls: type[Data]) -> dict[str, tuple[bool, st.SearchStrategy[str]]]:
    """Name on the wire → whether it has to be there, and a usual value as JSON."""
    told = inspect.type_info(cls)
    assert isinstance(told, inspect.StructType)
    usual = {each.encode_name: (each.required, _usual(each.type)) for each in told.fields}
    return {
        name: (required, values.map(json.dumps))
        for name, (required, values) in usual.items()
        if not values.is_empty
    }


FIELDS = {cls: _fields(cls) for cls in CLASSES}
PLACES = ("specversion", "id", "source", "type", "subject", "time", "sequence", "value", "key",
          "twice", "missing", "attribute")  # fmt: skip


@st.composite
def payloads(draw: st.DrawFn) -> bytes:
    """What a device sends, with at most two parts of it as only a strange one would."""
    cls = draw(st.sampled_from(CLASSES))
    odd = draw(st.sets(st.sampled_from(PLACES), max_size=2))
    secret = draw(st.sampled_from(SECRETS))
    told = json.dumps(secret, ensure_ascii=False)

    values: dict[str, str] = {}
    for name, (required, usual) in FIELDS[cls].items():
        if required or draw(st.booleans()):
            values[name] = draw(usual)
    if draw(st.booleans()):
        values[draw(st.sampled_from(PERSONAL))] = told
    if "value" in odd and values:
        values[draw(st.sampled_from(sorted(values)))] = draw(
            anything | st.sampled_from([told, secret])
        )
    if "key" in odd:
        values[draw(st.sampled_from(STRAY + PERSONAL))] = draw(anything | st.just(told))
    data = [f"{json.dumps(name)}: {value}" for name, value in values.items()]
    if "twice" in odd and data:
        data.append(draw(st.sampled_from(data)))

    def text(place: str, usual: str, strange: st.SearchStrategy[str]) -> str:
        value = draw(strange) if place in odd else usual
        return f'"{place}":{json.dumps(value, ensure_ascii=False)}'

    bare = cls.TYPE.rpartition(".v")[0]
    versions = st.sampled_from([bare, f"cn.example.{bare}", f"{bare}.v9", "alarm.raised", "x", ""])
    attributes = [
        text("specversion", "1.0", st.sampled_from(["0.3", "", "1.00"])),
        text("id", "door-07-000481", ids | st.just(f"{secret}-1")),
        text("source", "/devices/door-07", sources),
        text("type", cls.TYPE, versions),
        f'"data":{{{", ".join(data)}}}',
    ]
    if draw(st.booleans()):
        strange = subjects | st.just(f"door/{secret}")
        attributes.append(text("subject", "door/south-1", strange))
    if draw(st.booleans()):
        attributes.append(text("time", "2026-11-21T08:00:00.123Z", times))
    if draw(st.booleans()):
        number = draw(sequences | st.just(told)) if "sequence" in odd else '"000481"'
        attributes.append(f'"sequence":{number}')
    if draw(st.booleans()):
        attributes.append('"datacontenttype":"application/json"')
    if "attribute" in odd:
        attributes.append(f'"{draw(st.sampled_from(UNUSUAL))}":{draw(anything)}')
    if "twice" in odd and draw(st.booleans()):
        attributes.append(draw(st.sampled_from(attributes)))
    if "missing" in odd:
        attributes.remove(draw(st.sampled_from(attributes)))
    if draw(st.booleans()):
        attributes = draw(st.permutations(attributes))
    return ("{" + draw(st.sampled_from([",", ", ", " ,\n"])).join(attributes) + "}").encode()


@settings(max_examples=1500)
@given(topic=topics, payload=payloads())
def test_any_native_message(topic: str, payload: bytes) -> None:
    agreed(topic, payload)


@settings(max_examples=800)
@given(
    topic=topics,
    payload=payloads(),
    at=st.floats(0, 1),
    cut=st.integers(0, 3),
    put=st.sampled_from(
        [b"", b'"', b"\\", b"\\u0031", b"1", b"0", b"-", b".", b"e9", b" ", b",", b":", b"{", b"}",
         b"\x7f", b"\x00", b"\xe7\xb2\xa4", b"\xff", b'"x":1,', b"13912345678", b"\xef\xbb\xbf"]
    ),
)  # fmt: skip
def test_damaged_bytes(topic: str, payload: bytes, at: float, cut: int, put: bytes) -> None:
    start = int(at * len(payload))
    agreed(topic, payload[:start] + put + payload[start + cut :])


USUAL = (
    '{"specversion":"1.0","id":"d-%d","source":"/devices/d","type":"%s","time":"%s","data":{%s}}'
)


@settings(max_examples=1500)
@given(number=st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_read_as_it_was_written(number: float) -> None:
    data = f'"batteryV":{number!r},"rssi":{number!r}'
    payload = USUAL % (1, "waste.bin.level.measured", "2026-11-21T08:00:00Z", data)
    agreed("site/waste/d", payload.encode())


@settings(max_examples=1500)
@given(
    time=st.datetimes().map(lambda at: at.isoformat(timespec="auto")),
    zone=st.sampled_from(["Z", "+08:00", "-03:30", "+00:00", "", "z", "+14:00", "+14:30"]),
)
def test_any_time(time: str, zone: str) -> None:
    payload = USUAL % (1, "door.opened", time + zone, '"cause":"grant"')
    agreed("site/access/d", payload.encode())


secrets = st.text("0123456789AB -._", min_size=1, max_size=14)


@settings(max_examples=1000)
@given(
    secret=secrets,
    key=st.sampled_from(["cardNo", "plateNo", "name"]),
    place=st.sampled_from(["cause", "id", "sequence", "subject", "rssi", "topic", "nowhere"]),
    change=st.sampled_from(
        [str, str.lower, lambda text: text[1:], lambda text: f"x{text}x", lambda text: text + text,
         lambda text: "-".join(text), lambda text: text[:-1], lambda text: "".join(text.split())]
    ),
)  # fmt: skip
def test_a_person_named_elsewhere(secret: str, key: str, place: str, change: Any) -> None:
    told = change(secret)
    data = {key: secret, "direction": "in"}
    body: dict[str, Any] = {
        "specversion": "1.0", "id": "n-x", "source": "/devices/d", "type": "access.granted",
        "data": data,
    }  # fmt: skip
    if place in ("cause", "rssi"):
        data[place] = told
    elif place == "subject":
        body["subject"] = f"door/{told}"
    elif place != "topic":
        body[place] = told
    topic = f"site/x/{told}" if place == "topic" else "site/x/d"
    made = agreed(topic, json.dumps(body).encode())
    if made is not None:
        bare = msgspec.structs.replace(made, personal=None)
        assert secret.encode() not in msgspec.json.encode(bare) or len(secret) < 4


@pytest.mark.parametrize("path", samples(), ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_samples(path: Any) -> None:
    message = message_of(path)
    for topic in (message.topic, "site/access/door-07"):
        agreed(topic, message.payload)


@pytest.mark.parametrize("event", SAMPLES.values(), ids=SAMPLES.keys())
def test_every_type(event: Any) -> None:
    told = {
        "specversion": "1.0", "id": event.id, "source": "/devices/d", "type": event.type,
        "subject": event.subject, "time": event.time,
        "data": msgspec.to_builtins(msgspec.structs.replace(event.data, native={}, pii=None)),
    }  # fmt: skip
    agreed("site/x/d", json.dumps(told).encode())
