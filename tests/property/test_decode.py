"""Decoding is total: whatever arrives becomes sound drafts or one of the known words."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import CATALOG, Envelope
from core.clock import parse_rfc3339
from core.event import Data, Draft, parse_source, source_of
from devices import registry
from devices.adapter import Message
from tests.unit.devices.wire import SHANGHAI, message_of, samples

REASONS = frozenset(
    {"empty", "oversized", "charset", "nesting", "duplicate-key", "number", "malformed", "shape",
     "field", "time", "unknown-type", "forbidden-type", "inline-data", "personal", "unrecognised"}
)  # fmt: skip
SUBJECT = re.compile(r"(door|gate|camera|bin|point|vehicle|device|collection)/[^/#+]{1,80}")

MESSAGES = [message_of(path) for path in samples()]
JSON_MESSAGES = [each for each in MESSAGES if each.payload[:1] == b"{"]

topics = st.one_of(
    st.sampled_from([each.topic for each in MESSAGES]),
    st.lists(
        st.sampled_from(
            ["site", "hikvision", "frigate", "tele", "esphome", "v3", "application", "devices",
             "up", "SENSOR", "events", "tag", "state", "$SYS", "", "+", "#", "x"]
        ),
        max_size=6,
    ).map("/".join),
    st.text(max_size=40),
)  # fmt: skip
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "1e999", "-1", "2026-03-02T07:41:09", "0001-01-01T00:00:00+14:00", "null", "{",
         "new", "end", "access.granted", "gateway.session.opened.v1", "x" * 300, "\u202e\x00"]
    ),
    st.sampled_from([2**53, -(2**63), 10**30, 1e308, 5e-324]),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def check(
    outcome: registry.Decoded | registry.Aside, *, repeated: bool = False
) -> tuple[Draft, ...]:
    """What has to hold of anything that comes out, whatever went in. `repeated`: where one message
    may hold a record twice."""
    if isinstance(outcome, registry.Aside):
        assert outcome.reason in REASONS, outcome
        assert len(outcome.detail) <= 200
        return ()
    for draft in outcome.drafts:
        assert draft.id
        assert len(draft.id) <= 400
        assert draft.id.isprintable()
        assert SUBJECT.fullmatch(draft.subject), draft.subject
        source = source_of("c", "g", draft.device)
        assert parse_source(source) == ("c", "g", draft.device)
        if draft.time:
            parse_rfc3339(draft.time)
            assert re.search(r"(Z|[+-]\d\d:\d\d)$", draft.time)
        else:
            assert draft.timequality == "gateway"
        assert round_trip(draft) == draft.data
        assert draft.data.native["adapter"] == outcome.adapter
        assert draft.data.pii is None
        if draft.personal is not None:
            assert draft.personal.identifier
            assert draft.personal.into in ("", *draft.data.__struct_fields__)
            assert all(draft.personal.fields.values())
    ids = [draft.id for draft in outcome.drafts]
    assert repeated or len(set(ids)) == len(ids)
    return outcome.drafts


def round_trip(draft: Draft) -> Data:
    stored = Envelope(
        id=draft.id,
        source="/c/c/gw/g/dev/d",
        type=draft.data.TYPE,
        subject=draft.subject,
        time=draft.time,
        recordedtime="2026-03-02T00:00:00.000Z",
        data=msgspec.Raw(msgspec.json.encode(draft.data)),
    )
    return CATALOG.read(stored).data


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


@settings(max_examples=400)
@given(topic=topics, payload=st.binary(max_size=200))
def test_any_bytes_on_any_topic(topic: str, payload: bytes) -> None:
    check(registry.decode(Message(topic, payload), SHANGHAI))


@settings(max_examples=400)
@given(topic=topics, body=values)
def test_any_json_on_any_topic(topic: str, body: Any) -> None:
    payload = json.dumps(body).encode()
    check(registry.decode(Message(topic, payload), SHANGHAI))
    for adapter in registry.ADAPTERS:
        check(registry.decode(Message(topic, payload), SHANGHAI, adapter.name))


@settings(max_examples=800)
@given(
    message=st.sampled_from(MESSAGES),
    at=st.floats(0, 1),
    cut=st.integers(0, 8),
    put=st.binary(max_size=8),
)
def test_samples_with_damaged_bytes(message: Message, at: float, cut: int, put: bytes) -> None:
    payload = message.payload
    start = int(at * len(payload))
    damaged = payload[:start] + put + payload[start + cut :]
    check(registry.decode(Message(message.topic, damaged), SHANGHAI))


@settings(max_examples=2000)
@given(message=st.sampled_from(JSON_MESSAGES), topic=st.booleans(), data=st.data())
def test_samples_with_other_values_in_them(message: Message, topic: bool, data: Any) -> None:
    body = json.loads(message.payload)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(list(places(body))))
        if data.draw(st.booleans()):
            container[key] = data.draw(values)
        elif isinstance(container, dict):
            container[data.draw(st.text(max_size=12))] = container.pop(key)
        else:
            del container[key]
        if not body or not list(places(body)):
            break
    payload = json.dumps(body).encode()
    check(registry.decode(Message(message.topic if topic else "", payload), SHANGHAI))


PERSONAL = {
    "cardNo", "card", "employeeNo", "employeeNoString", "userId", "residentId", "resident", "name",
    "personName", "phone", "mobile", "idNo", "plate", "plateNo", "licensePlate", "subjectRef",
    "plateRef", "residentRef", "vehicleRef", "inspectorRef",
}  # fmt: skip
# Where the vendors put it: (topic, path to the object, keys).
names = st.text("赵钱孙李周吴郑王冯陈", min_size=2, max_size=4)
numbers = st.from_regex(r"[0-9]{8,12}|R-[0-9]{5,7}", fullmatch=True)
plates = st.from_regex(r"[京沪粤苏浙川][A-H]·?[A-HJ-NP-Z0-9]{5,6}", fullmatch=True)
secrets = st.one_of(names, numbers, plates)


def unsealed(draft: Draft) -> str:
    """Everything of a draft but what is going to be sealed."""
    return json.dumps(
        msgspec.to_builtins(msgspec.structs.replace(draft, personal=None, mark="")),
        ensure_ascii=False,
    )


@settings(max_examples=600)
@given(
    keys=st.lists(st.sampled_from(sorted(PERSONAL)), min_size=1, max_size=4, unique=True),
    secret=secrets,
    sample=st.sampled_from([each for each in MESSAGES if each.topic.startswith("site/")]),
    elsewhere=st.lists(
        st.sampled_from(["id", "subject", "source", "correlationid", "causationid", "cause",
                         "bin", "lane", "label", "ref"]),
        max_size=3,
    ),
)  # fmt: skip
def test_native_payloads_give_nobody_away(
    keys: list[str], secret: str, sample: Message, elsewhere: list[str]
) -> None:
    body = json.loads(sample.payload)
    for key in keys:
        body["data"][key] = secret
    for place in elsewhere:
        holder = body if place in body or place.endswith("id") else body["data"]
        holder[place] = f"door/{secret}" if place == "subject" else f"x-{secret}"
    for draft in check(registry.decode(Message(sample.topic, json.dumps(body).encode()), SHANGHAI)):
        assert secret not in unsealed(draft)
        assert draft.personal is not None
        assert secret in draft.personal.fields.values()


@settings(max_examples=400)
@given(message=st.sampled_from(JSON_MESSAGES), secret=secrets, card=st.integers(2**24, 2**32 - 1))
def test_vendors_payloads_give_nobody_away(message: Message, secret: str, card: int) -> None:
    body = json.loads(message.payload)
    if message.topic.startswith("site/"):
        return
    topic = message.topic.replace("bin-a03", "south-door")
    uid = f"{card:08X}"
    text = json.dumps(_planted(copy.deepcopy(body), secret, uid), ensure_ascii=False)
    for draft in check(registry.decode(Message(topic, text.encode()), SHANGHAI)):
        assert secret not in unsealed(draft)
        assert uid not in unsealed(draft)


def _planted(body: Any, secret: str, uid: str) -> Any:
    planted = {
        "name": secret, "cardNo": secret, "employeeNoString": secret, "plate": secret,
        "sub_label": [secret, 0.9], "recognized_license_plate": secret, "description": secret,
        "UID": uid, "uid": uid, "DATA": uid,
    }  # fmt: skip
    for container, key in list(places(body)):
        if key == "event_log":
            container[key] = json.dumps(_planted(json.loads(container[key]), secret, uid))
        elif key in planted and body.get("type") != "classification":
            container[key] = planted[key]
    return body
