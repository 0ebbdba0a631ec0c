"""Plates: their form, the decoding of a recogniser's figures, votes, and that none is told in the
clear beyond the gateway. The models themselves are optional and are asked when they are there."""

from collections.abc import Sequence

import cv2
import msgspec
import numpy as np
import orjson
import pylopdf_fonts_zh_cn
import pytest
import typst

from core.errors import EnvironmentFault
from core.event import Draft
from core.events.vehicle import Passed
from devices.adapter import Message
from devices.native.decode import decode
from edge.camera.finding import Finding
from edge.camera.plate import Vote, spelled, valid
from edge.camera.plates import PlateReader, Plates, Reading, grid, placed
from edge.camera.seen import Image, Track
from edge.camera.zones import Region
from tests.unit.devices.wire import SHANGHAI
from tests.unit.edge.camera.walks import at_box, frame, ground

LANE = Region(name="lane", polygon=((0, 0), (1, 0), (1, 1), (0, 1)), plates=True)
CAR = (0.3, 0.3, 0.4, 0.4)
PLATE = "粤B12345"


class Told:
    """A reader that says what it is given to say, and counts how often it is asked."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked = 0

    def read(self, image: Image) -> Reading | None:
        self.asked += 1
        text = self.texts[(self.asked - 1) % len(self.texts)]
        return Reading(text, 0.9, (0.4, 0.7, 0.2, 0.1)) if text else None


def driven(
    plates: Plates, seconds: float, *, label: str = "car", id: int = 1, began: float = 0
) -> list[Finding]:
    found: list[Finding] = []
    for number in range(round(seconds * 10)):
        at = began + number / 10
        track: Sequence[Track] = [at_box(CAR, at, label=label, id=id)]
        found += plates.step(track, frame(at, ground()))
    return found


@pytest.mark.parametrize(
    "plate",
    ["粤B12345", "京A8D7K9", "粤BD12345", "粤BF12345", "浙A12345D", "粤Z1234港", "粤Z1234澳",
     "沪A1234学", "京A1234警", "苏E1234挂", "使014578"],
)  # fmt: skip
def test_what_a_plate_can_be(plate: str) -> None:
    assert valid(plate)


@pytest.mark.parametrize(
    "text",
    ["", "粤B1234", "粤B123456", "粤I12345", "粤BO2345", "B12345", "粤112345", "使12345",
     "粤b12345", "粤BG1234A", "1粤B12345"],
)  # fmt: skip
def test_what_is_no_plate(text: str) -> None:
    assert not valid(text)


def test_figures_are_spelled_without_repeats_and_gaps() -> None:
    signs = "AB1"
    steps = [0, 1, 1, 0, 1, 2, 2, 0, 3, 3]
    figures = np.full((len(steps), 4), 0.05, np.float32)
    for step, sign in enumerate(steps):
        figures[step, sign] = 0.85
    text, sure = spelled(figures, signs)
    assert text == "AAB1"
    assert sure == pytest.approx(0.85)
    assert spelled(np.zeros((0, 4), np.float32), signs) == ("", 0.0)
    assert spelled(figures[:1], signs) == ("", 0.0)


def test_readings_have_to_agree() -> None:
    vote = Vote()
    for text in (PLATE, "粤B12346", "nonsense", PLATE):
        vote.add(text, 0.8)
    assert vote.result() is None
    vote.add(PLATE, 1.0)
    result = vote.result()
    assert result is not None
    assert result[0] == PLATE
    assert result[1] == pytest.approx(2.6 / 3)
    for _ in range(3):
        vote.add("粤B12346", 0.8)
    assert vote.result() is None


def test_the_detectors_grid_covers_the_picture_in_its_order() -> None:
    places = grid(480, 640)
    assert len(places) == 2 * (60 * 80 + 30 * 40 + 15 * 20)
    assert places[0].tolist() == pytest.approx([4 / 640, 4 / 480, 24 / 640, 24 / 480])
    assert places[3].tolist() == pytest.approx([12 / 640, 4 / 480, 48 / 640, 48 / 480])
    told = np.array([1, -1, np.log(2) / 0.2, 0], np.float32)
    assert placed(told, np.array([0.5, 0.5, 0.1, 0.2], np.float32)) == pytest.approx(
        (0.51, 0.48, 0.2, 0.2)
    )


def test_a_vehicle_is_told_once_when_three_readings_agree() -> None:
    reader = Told("", PLATE, "粤B12346", PLATE, "rubbish", PLATE)
    plates = Plates((LANE,), reader)
    (found,) = driven(plates, 10)
    assert isinstance(found.data, Passed)
    assert found.personal == {"plate": PLATE}
    assert (found.rule, found.zone, found.data.lane) == ("plate", "lane", "lane")
    assert found.data.confidence == 0.9
    assert found.boxes[0] == pytest.approx((0.46, 0.58, 0.08, 0.04))
    asked = reader.asked
    driven(plates, 5, began=10)
    assert reader.asked == asked
    assert len(driven(plates, 10, id=2, began=20)) == 1


def test_who_is_never_read_alike_is_let_go() -> None:
    reader = Told(*(f"粤B{number:05d}" for number in range(50)))
    assert driven(Plates((LANE,), reader), 60) == []
    assert reader.asked == 40


def test_nobody_walks_with_a_plate() -> None:
    reader = Told(PLATE)
    plates = Plates((LANE, msgspec.structs.replace(LANE, name="x", plates=False)), reader)
    assert driven(plates, 5, label="person") == []
    plates.adopt(())
    assert driven(plates, 5) == []
    assert reader.asked == 0


def test_votes_go_with_their_vehicles() -> None:
    plates = Plates((LANE,), Told(PLATE))
    for number in range(500):
        plates.step([at_box(CAR, number, id=number, label="car")], frame(number, ground()))
    assert len(plates._vehicles) == 1


def test_on_the_gateway_it_becomes_personal_and_stands_nowhere_in_the_clear() -> None:
    (found,) = driven(Plates((LANE,), Told(PLATE)), 10)
    envelope = {
        "specversion": "1.0", "id": "cam-1-1", "source": "/camera/cam-1",
        "type": found.data.TYPE, "time": "2026-11-23T08:00:00+08:00", "data": found.body(),
    }  # fmt: skip
    draft: Draft
    (draft,) = decode(Message("site/camera/cam-1", orjson.dumps(envelope)), SHANGHAI)
    assert draft.personal is not None
    assert (draft.personal.kind, draft.personal.identifier) == ("plate", PLATE)
    assert (draft.personal.into, draft.personal.purpose) == ("plate_ref", "vehicle")
    clear = msgspec.json.encode((draft.data, draft.id, draft.subject))
    assert PLATE.encode() not in clear
    assert b"12345" not in clear
    assert draft.subject == "gate/cam-1"


@pytest.fixture(scope="module")
def reader() -> PlateReader:
    try:
        return PlateReader()
    except EnvironmentFault as missing:
        pytest.skip(str(missing))


def painted(plate: str, wide: int, *, green: bool) -> Image:
    """The back of a car with that plate on it, so many pixels wide."""
    fill, ink = ("#8fd6a0", "black") if green else ("#0b3fa8", "white")
    source = f"""#set page(width: 440pt, height: 140pt, margin: 0pt, fill: rgb("{fill}"))
#set text(font: ("DejaVu Sans", "Noto Sans CJK SC"), size: 58pt, fill: {ink}, tracking: 1pt)
#place(center + horizon, box(stroke: 4pt + {ink}, radius: 8pt, width: 424pt, height: 124pt,
  align(center + horizon, [{plate[:2]}·{plate[2:]}])))"""
    fonts = typst.Fonts(font_paths=[pylopdf_fonts_zh_cn.sans_path().parent])
    png = typst.compile(source.encode(), format="png", ppi=72, font_paths=fonts)
    drawn = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    high = wide * 140 // 440
    made = np.full((480, 640, 3), 70, np.uint8)
    made[60:440, 120:520] = (60, 40, 40)
    made[80:200, 150:490] = (120, 110, 100)
    small = cv2.resize(drawn, (wide, high), interpolation=cv2.INTER_AREA)
    left = 320 - wide // 2
    made[340 : 340 + high, left : left + wide] = small
    return np.asarray(cv2.GaussianBlur(made, (3, 3), 0), np.uint8)


@pytest.mark.parametrize("plate", ["粤B12345", "京A8D7K9", "苏E70P31", "浙AD12345"])
def test_a_painted_plate_is_read(reader: PlateReader, plate: str) -> None:
    reading = reader.read(painted(plate, 180, green=len(plate) == 8))
    assert reading is not None
    assert reading.text == plate
    assert reading.box == pytest.approx((0.36, 0.71, 0.28, 0.12), abs=0.05)


def test_where_there_is_no_plate_none_is_read(reader: PlateReader) -> None:
    assert reader.read(np.full((240, 320, 3), 90, np.uint8)) is None
