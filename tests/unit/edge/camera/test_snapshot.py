"""What is kept of a picture, and that nobody can be recognised in it."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from core.errors import DiskFull, EnvironmentFault
from core.event import Media
from core.events import camera
from core.events.camera import Box
from edge.camera.blur import Conceal, concealed, heads
from edge.camera.faces import Cascades, CenterFace
from edge.camera.finding import Finding
from edge.camera.onlooker import Onlooker
from edge.camera.packed import packed
from edge.camera.seen import Image, Track
from edge.camera.snapshot import Snapshot, stated
from edge.camera.zones import NO_ZONES, Line, Region, Zones, written
from edge.media.spool import Spool
from tests.fix_core import FixedClock
from tests.fix_core import clock as clock
from tests.unit.edge.camera.walks import at_box, face, frame, ground, with_box

FACE: Box = (0.4, 0.3, 0.2, 0.34)
ZONES = Zones(lines=(Line(name="gate", start=(0.1, 0.9), end=(0.9, 0.9)),))


def finding(image: Image, at: float = 0, rule: str = "line") -> Finding:
    return Finding(
        rule=rule, zone="gate", at=at, subject="camera/a", data=camera.LineCrossed(zone="gate"),
        boxes=(FACE,), frame=frame(at, image),
    )  # fmt: skip


@pytest.fixture
def spool(tmp_path: Path, clock: FixedClock) -> Spool:
    return Spool(tmp_path / "media", 10_000_000, clock)


def kept(spool: Spool, media: Sequence[Media]) -> Image:
    (one,) = media
    (waiting,) = [each for each in spool.waiting() if each.sha256 == one.sha256]
    content = spool.piece(waiting, 0, one.bytes)
    assert len(content) == one.bytes
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def inner(image: Image) -> Image:
    """The face's own pixels, without what is drawn around it."""
    high, wide = image.shape[:2]
    return image[int(0.34 * high) : int(0.6 * high), int(0.43 * wide) : int(0.57 * wide)]


def unlike(one: Image, other: Image) -> float:
    return float(np.abs(inner(one).astype(np.int16) - inner(other)).mean())


def test_a_face_is_found_before_and_not_after() -> None:
    found = Cascades().faces(face())
    assert any(abs(x - 0.38) < 0.1 and abs(y - 0.3) < 0.1 for x, y, _, _ in found)
    hidden = Conceal([Cascades()])(face())
    assert Cascades().faces(hidden) == []
    assert unlike(hidden, face()) > 15


def test_what_is_left_of_a_face_is_no_more_than_a_few_cells() -> None:
    """Whatever stood there in detail, the same averages leave the same picture."""
    fine = face()
    noise = np.random.default_rng(7).integers(0, 2, fine.shape) * 2 - 1
    other = (fine.astype(np.int16) + 12 * noise).clip(0, 255).astype(np.uint8)
    one, two = (concealed(each, [FACE]) for each in (fine, other))
    assert unlike(fine, other) > 10
    assert unlike(one, two) < 1.5


def test_heads_are_hidden_where_no_face_is_found() -> None:
    image = with_box(ground(), (140, 60, 40, 30), 220)
    image[65:85, 150:170] = 10  # a face nobody detects
    person = at_box((140 / 320, 60 / 240, 40 / 320, 140 / 240), 0)
    hidden = Conceal([])(image, [person])
    assert np.abs(hidden[62:88, 142:178].astype(np.int16) - image[62:88, 142:178]).mean() > 20
    assert (hidden[140:] == image[140:]).all()
    assert Conceal([])(image, [at_box(person.box, 0, label="car")]).tobytes() == image.tobytes()
    assert len(heads([at_box(person.box, 0, label="motion")])) == 1


def test_the_picture_that_was_given_stays_as_it_is() -> None:
    image = face()
    before = image.copy()
    Conceal([Cascades()])(image, [at_box((0, 0, 1, 1), 0)])
    assert (image == before).all()


def test_boxes_at_and_beyond_the_edge_are_hidden_as_far_as_they_go() -> None:
    image = face()
    boxes = [(-0.5, -0.5, 0.6, 0.6), (0.9, 0.9, 0.5, 0.5), (2.0, 2.0, 1.0, 1.0), (0.5, 0.5, 0, 0)]
    assert concealed(image, boxes).shape == image.shape


def test_a_finding_gets_a_picture_without_its_face(spool: Spool) -> None:
    snapshot = Snapshot(spool, "cam-1", Conceal([Cascades()]))
    evidence = snapshot.of(finding(face()), (), ZONES)
    assert evidence.became == "blurred"
    picture = kept(spool, evidence.media)
    assert Cascades().faces(picture) == []
    assert unlike(picture, face()) > 15
    line = picture[int(0.9 * 479), 100:540].astype(int)
    assert (abs(line - (64, 200, 255)) < 60).all(axis=1).mean() > 0.9  # the gate, drawn in
    data = stated(finding(face()), evidence).data
    assert isinstance(data, camera.LineCrossed)
    assert data.picture == "blurred"
    assert [one.sha256 for one in data.media] == [one.sha256 for one in evidence.media]


def test_only_the_configurations_word_lets_a_face_out_and_the_event_says_so(spool: Spool) -> None:
    snapshot = Snapshot(spool, "cam-1", Conceal([Cascades()]), unblurred=True)
    evidence = snapshot.of(finding(face()), (), NO_ZONES)
    assert evidence.became == "unblurred"
    assert Cascades().faces(kept(spool, evidence.media)) != []


def test_a_rule_has_a_picture_now_and_then(spool: Spool) -> None:
    snapshot = Snapshot(spool, "cam-1", Conceal([]), every_s=10)
    became = [snapshot.of(finding(ground(int(at)), at), (), NO_ZONES).became for at in (0, 5, 9.9)]
    assert became == ["blurred", "rationed", "rationed"]
    assert snapshot.of(finding(ground(), 9.9, "loitering"), (), NO_ZONES).became == "blurred"
    assert snapshot.of(finding(ground(), 10), (), NO_ZONES).became == "blurred"


def test_without_room_the_event_goes_without_and_says_so(tmp_path: Path, clock: FixedClock) -> None:
    snapshot = Snapshot(Spool(tmp_path / "media", 100, clock), "cam-1", Conceal([]))
    evidence = snapshot.of(finding(ground()), (), NO_ZONES)
    assert (evidence.became, evidence.media) == ("no-room", ())
    assert stated(finding(ground()), evidence).body()["picture"] == "no-room"


def test_a_full_disk_is_no_reason_to_keep_quiet(spool: Spool) -> None:
    class Full(Spool):
        def __init__(self) -> None:
            pass

        def keep(self, content: bytes, device: str, kind: str = "scene") -> Media:
            raise DiskFull("no space left")

    assert Snapshot(Full(), "cam-1", Conceal([])).of(
        finding(ground()), (), NO_ZONES
    ).became == "disk-full"  # fmt: skip


def test_what_could_not_be_blurred_is_not_kept(spool: Spool) -> None:
    def broken(image: Image, tracks: Sequence[Track] = ()) -> Image:
        raise cv2.error("as OpenCV does")

    snapshot = Snapshot(spool, "cam-1", broken)
    assert snapshot.of(finding(face()), (), NO_ZONES).became == "unmade"
    assert spool.waiting() == []


def test_no_picture_of_what_is_not_there(spool: Spool) -> None:
    snapshot = Snapshot(spool, "cam-1", Conceal([]))
    gone = msgspec.structs.replace(finding(ground()), frame=None)
    evidence = snapshot.of(gone, (), NO_ZONES)
    assert evidence.became == ""
    assert stated(gone, evidence) is gone


def test_a_wide_picture_is_sent_no_wider_than_is_needed(spool: Spool) -> None:
    wide = np.full((1200, 3000, 3), 90, np.uint8)
    evidence = Snapshot(spool, "cam-1", Conceal([])).of(finding(wide), (), ZONES)
    assert kept(spool, evidence.media).shape == (512, 1280, 3)


def test_an_extra_that_is_not_there_is_named() -> None:
    with pytest.raises(EnvironmentFault, match=r"\[faces\]"):
        packed("no-such-distribution", "model.onnx", "faces")
    with pytest.raises(EnvironmentFault, match="holds no"):
        packed("numpy", "numpy/no-such-model.onnx", "faces")


def test_a_model_that_is_none_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "face.onnx"
    model.write_bytes(b"no model")
    with pytest.raises(EnvironmentFault, match="no model"):
        CenterFace(model)


def test_centerface_finds_what_conceal_hides() -> None:
    try:
        finder = CenterFace()
    except EnvironmentFault as missing:
        pytest.skip(str(missing))
    assert len(finder.faces(face())) == 1
    assert len(finder.faces(face(50))) == 1  # as small as 36 pixels
    assert finder.faces(Conceal([finder])(face())) == []


def test_the_onlooker_tells_with_pictures_and_keeps_zones_that_hold(spool: Spool) -> None:
    region = Region(name="yard", polygon=((0, 0), (1, 0), (1, 1), (0, 1)))
    snapshot = Snapshot(spool, "cam-1", Conceal([Cascades()]))
    onlooker = Onlooker("south", Conceal([]), snapshot=snapshot)
    assert onlooker.step([at_box((0.4, 0.2, 0.2, 0.6), 0)], frame(0, face())) == []
    onlooker.adopt(written(Zones(regions=(region,))))
    onlooker.adopt(b"not zones")
    found = [
        each
        for number in range(10)
        for each in onlooker.step(
            [at_box((0.4, 0.2, 0.2, 0.6), number / 10)], frame(number / 10, face())
        )
    ]
    (entered,) = found
    told = entered.body()
    assert told["picture"] == "blurred"
    assert Cascades().faces(kept(spool, entered.data.media)) == []
    shown = onlooker.hidden(face())  # by the track alone, of a picture of now
    assert np.abs(shown.astype(np.int16) - face())[130:200, 270:370].mean() > 10
    onlooker.adopt(None)
    assert onlooker.rules.zones == NO_ZONES
