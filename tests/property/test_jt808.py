"""JT/T 808 talk and decoding, whatever comes and however it is cut."""

from hypothesis import given, settings
from hypothesis import strategies as st

from devices import registry
from devices.adapter import Message
from devices.jt808.frame import Head, pieces, read, written
from devices.jt808.talk import Conversation
from tests.property.test_decode import check
from tests.unit.devices.here import Here
from tests.unit.devices.wire import SHANGHAI, message_of, samples

RAW = [message_of(path).payload for path in samples() if path.parent.parent.name == "jt808"]
bodies = st.binary(max_size=60)
kinds = st.sampled_from([0x0001, 0x0002, 0x0003, 0x0100, 0x0102, 0x0200, 0x0201, 0x0704, 0x0900])


@given(kind=kinds, body=bodies, edition=st.sampled_from([-1, 0, 1]), serial=st.integers(0, 65_535))
def test_a_frame_comes_back(kind: int, body: bytes, edition: int, serial: int) -> None:
    phone = "7d7e".replace("d", "1").replace("e", "0").zfill(12 if edition < 0 else 20)
    (piece,) = pieces(written(Head(kind, phone, serial, edition), body))
    frame = read(piece)
    assert (frame.body, frame.head.kind, frame.head.serial) == (body, kind, serial)
    check(registry.decode(Message("", b"\x7e" + piece + b"\x7e"), SHANGHAI, "jt808"))


@settings(max_examples=300)
@given(parts=st.lists(st.one_of(st.binary(max_size=300), st.sampled_from(RAW)), max_size=8))
def test_any_bytes_in_a_conversation(parts: list[bytes]) -> None:
    talk = Conversation(Here(), "peer")
    for part in parts:
        for turn in talk.received(part):
            for message in turn.messages:
                check(registry.decode(message, SHANGHAI))
