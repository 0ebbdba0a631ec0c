"""GB/T 28181 talk and decoding, whatever comes and however it is cut."""

from hypothesis import given, settings
from hypothesis import strategies as st

from devices import registry
from devices.gb28181.simulate import Device
from devices.gb28181.talk import Conversation
from tests.property.test_decode import check
from tests.unit.devices.here import Here
from tests.unit.devices.test_gb28181 import ID, SECRETS, registered
from tests.unit.devices.wire import SHANGHAI

RAW = [Device(ID, "p4ss").register(), Device(ID, "p4ss").keepalive()]


@settings(max_examples=300)
@given(
    parts=st.lists(
        st.one_of(
            st.binary(max_size=200),
            st.text(max_size=100).map(str.encode),
            st.sampled_from(RAW),
            st.tuples(st.sampled_from(RAW), st.integers(0, 600), st.binary(max_size=6)).map(
                lambda told: told[0][: told[1]] + told[2] + told[0][told[1] + 3 :]
            ),
        ),
        max_size=8,
    )
)
def test_any_bytes_in_a_conversation(parts: list[bytes]) -> None:
    for talk in (Conversation(Here(), "p"), registered(Here(SECRETS), Device(ID, "p4ss"))):
        for part in parts:
            for turn in talk.received(part):
                for message in turn.messages:
                    check(registry.decode(message, SHANGHAI))
