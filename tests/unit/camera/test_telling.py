"""What is told becomes numbered native events; what nobody takes makes room openly."""

from pathlib import Path

import msgspec
import orjson
import pytest

from core.errors import EnvironmentFault
from core.event import Media, Record
from core.events.camera import LineCrossed, MotionEnded, VideoLost
from devices.adapter import Message, Site
from devices.native.decode import decode
from edge.camera.envelope import Envelopes, Numbers, Posted
from edge.camera.publish import Publisher, Route
from edge.camera.said import Said


def envelopes(folder: Path) -> Envelopes:
    return Envelopes("east-gate", Numbers(folder / "sequence"))


def test_the_gateway_reads_what_is_told(tmp_path: Path) -> None:
    picture = Media(sha256="ab" * 32, kind="scene", bytes=12)
    data = LineCrossed(
        track_id="7", label="person", box=(0.1, 0.2, 0.3, 0.4), direction="in", media=(picture,)
    )
    posted = envelopes(tmp_path).seal(Said(data, 1_780_000_000.25))
    assert posted.topic == "site/camera/east-gate"
    assert not posted.urgent
    (draft,) = decode(Message(posted.topic, posted.payload), Site())
    assert msgspec.structs.replace(draft.data, native={}) == data
    assert draft.device == "east-gate"
    assert draft.subject == "camera/east-gate"
    assert draft.time == "2026-05-28T20:26:40.250Z"
    assert draft.record == Record("sequence", 1)
    assert draft.origin_source == ""


def test_it_may_be_about_something_else(tmp_path: Path) -> None:
    posted = envelopes(tmp_path).seal(Said(VideoLost(reason="frozen"), 0.0, "bin/A03-2"))
    (draft,) = decode(Message(posted.topic, posted.payload), Site())
    assert draft.subject == "bin/A03-2"
    assert posted.urgent


def test_numbers_go_on_after_a_restart_and_ids_are_new(tmp_path: Path) -> None:
    told = Said(MotionEnded(duration_s=1.0), 0.0)
    lives = []
    for _ in range(3):
        one = envelopes(tmp_path)  # what had it open before is not closed: it was killed
        lives.append([orjson.loads(one.seal(told).payload) for _ in range(4)])
    numbers = [int(each["sequence"]) for life in lives for each in life]
    assert numbers == list(range(1, 13))
    assert len({each["id"] for life in lives for each in life}) == 12


@pytest.mark.parametrize("content", [b"", b"not a number 123", b"\xff" * 16])
def test_a_damaged_number_begins_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sequence").write_bytes(content)
    assert Numbers(tmp_path / "sequence").next() == 1


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="Let the worker write"):
        Numbers(tmp_path / "file" / "sequence")


def test_the_oldest_bulk_event_makes_room() -> None:
    publisher = Publisher(Route(host="127.0.0.1", port=1, waiting=3))
    sent = [Posted("t", b"%d" % n, urgent=n in (0, 3)) for n in range(6)]
    for one in sent:
        publisher.tell(one)
    waiting = [one.payload for one in publisher._waiting]
    assert waiting == [b"0", b"3", b"5"]
    for n in range(6, 9):
        publisher.tell(msgspec.structs.replace(sent[0], payload=b"%d" % n))
    assert [one.payload for one in publisher._waiting] == [b"6", b"7", b"8"]
    assert publisher.dropped == 6
    assert publisher.unsent == 3
