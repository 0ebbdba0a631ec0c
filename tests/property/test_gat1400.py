"""GA/T 1400 dialog and decoding are total, and give nobody away."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from devices import registry
from devices.adapter import Message
from devices.gat1400 import status
from devices.gat1400.dialog import turn
from devices.wire import Request
from tests.property.test_decode import check, places, plates, unsealed, values
from tests.unit.devices.here import Here
from tests.unit.devices.wire import SHANGHAI, samples

SAMPLES = [path.read_bytes() for path in samples() if path.parent.parent.name == "gat1400"]
ID = "34020000001190000001"
paths = st.sampled_from(
    ["/VIID", "/VIID/System/Register", "/VIID/System/Keepalive", "/VIID/System/UnRegister",
     "/VIID/System/Time", "/VIID/Faces", "/VIID/Subscribes", "/VIID/Community/PersonInfos",
     "/VIID/Subscribes/x", "/VIID//", "/VIID/SubscribeNotifications"]
)  # fmt: skip


def _nested(deep: int) -> bytes:
    return b"[" * deep + b"]" * deep


bodies = st.one_of(
    st.binary(max_size=200),
    values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(SAMPLES),
    st.integers(1, 1000).map(lambda deep: b'{"FaceListObject":' + _nested(deep) + b"}"),
    st.integers(1, 1000).map(lambda deep: b'{"FaceObject":{"a":' + _nested(deep) + b"}}"),
)  # fmt: skip


@settings(max_examples=400)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "X"]),
    path=paths,
    body=bodies,
    shown=st.one_of(st.just(""), st.text(max_size=80).map(lambda said: f"Digest {said}")),
)
def test_any_request(method: str, path: str, body: bytes, shown: str) -> None:
    here = Here({"u": "p"})
    here.notes[f"gat1400/registered/{ID}"] = "-"
    for headers in ({"user-identify": ID}, {"authorization": shown}):
        request = Request(method=method, path=path, headers=headers, body=body)
        for message in turn(request, here).messages:
            check(registry.decode(message, SHANGHAI))


@settings(max_examples=800)
@given(payload=st.sampled_from(SAMPLES), data=st.data())
def test_samples_with_other_values(payload: bytes, data: Any) -> None:
    body = json.loads(payload)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(list(places(body))))
        container[key] = data.draw(values)
        if not list(places(body)):
            break
    check(registry.decode(Message("", json.dumps(body).encode()), SHANGHAI, "gat1400"))


@settings(max_examples=200)
@given(
    payload=st.sampled_from(SAMPLES),
    secret=st.one_of(plates, st.from_regex(r"1[3-9][0-9]{9}|[1-6][0-9]{16}X", fullmatch=True)),
)
def test_nobody_is_given_away(payload: bytes, secret: str) -> None:
    body = json.loads(payload)
    for container, key in list(places(body)):
        if key in ("PlateNo", "Name", "IDNumber", "TollgateID", "InOut", "LaneNo", "GenderCode"):
            container[key] = secret
    for draft in check(registry.decode(Message("", json.dumps(body).encode()), SHANGHAI)):
        assert secret not in unsealed(draft)


@given(st.one_of(st.binary(max_size=100), values.map(lambda value: json.dumps(value).encode())))
def test_any_answer(body: bytes) -> None:
    status.read(body)
