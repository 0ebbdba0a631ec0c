"""Bare reads, short payloads and strangers: what the wire does not say is not made up."""

from datetime import timedelta
from pathlib import Path

from core.event import Sealed
from core.sealing import unseal
from devices.adapter import Known
from edge.intake import UNNUMBERED_WINDOW_S
from edge.quarantine import GUESSABLE
from tests.fix_core import FixedClock
from tests.fix_edge import EdgeRig, Payload, face, native

BARE: Payload = ("0AFFD2/tag_scanned", b"74-10-37-94")
AT_A_DOOR: Payload = ("door-reader/tag_scanned", b"74-10-37-94")


def test_a_tag_read_again_later_is_another_read(edge: EdgeRig, clock: FixedClock) -> None:
    edge.take(BARE, BARE)
    clock.move(timedelta(seconds=UNNUMBERED_WINDOW_S))
    edge.take(BARE)
    assert [event.type for event in edge.events()] == ["waste.bin.identified.v1"] * 2
    assert len({event.id for event in edge.events()}) == 2
    assert edge.counters.duplicates == 1
    assert not edge.held()


def test_the_hash_of_a_short_payload_is_sealed_with_its_person(edge: EdgeRig) -> None:
    edge.take(AT_A_DOOR)
    (event,) = edge.events()
    assert "rawsha256" not in event.data.native, "eight hex digits are soon tried out"
    fields = _open(edge, event.data.pii, event.id)
    assert fields["card"] == "74103794"
    assert len(fields["rawsha256"]) == 64


def test_the_hash_of_a_longer_payload_stands_in_the_open(edge: EdgeRig) -> None:
    message = face(9001)
    assert len(message[1]) >= GUESSABLE
    edge.take(message)
    (event,) = edge.events()
    assert len(str(event.data.native["rawsha256"])) == 64
    assert "rawsha256" not in _open(edge, event.data.pii, event.id)


def test_a_gateway_may_take_known_devices_only(tmp_path: Path, clock: FixedClock) -> None:
    edge = EdgeRig(tmp_path, clock, known={"door-07": Known()})
    try:
        edge.take(native(1), native(1, device="door-66"), native(2))
        assert [event.id for event in edge.events()] == ["door-07-1", "door-07-2"]
        assert [(one.reason, one.adapter) for one in edge.held()] == [("unknown-device", "native")]
        assert edge.acked == [0, 1, 2]
    finally:
        edge.close()


def test_two_cards_of_one_second_are_two_reads_whose_ids_name_nobody(edge: EdgeRig) -> None:
    reads = [
        ("tele/south-door/SENSOR", f'{{"Time":"2026-03-02T19:04:55","RC522":{{"UID":"{uid}"}}}}')
        for uid in ("BA839D07", "BA839D08", "BA839D07")
    ]
    edge.take(*((topic, body.encode()) for topic, body in reads))
    first, second = edge.events("access.requested.v1")
    assert first.id != second.id
    assert "BA839D0" not in first.id + second.id
    assert edge.counters.duplicates == 1


def _open(edge: EdgeRig, sealed: Sealed | None, event_id: str) -> dict[str, str]:
    assert sealed is not None
    key = edge.keys.find(sealed.kid)
    assert key is not None
    return dict(unseal(key, sealed, event_id))
