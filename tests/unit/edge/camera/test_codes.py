"""Codes on bins, at a distance, and what is no bin's."""

import io

import cv2
import numpy as np
import pytest
import segno

from core.events.waste import BinIdentified
from core.keys import Signer
from core.policy.passes import Pass, issue
from edge.camera.qr import BinCodes, codes, uid_of
from edge.camera.seen import Image
from edge.camera.zones import Region
from tests.unit.edge.camera.walks import frame, ground

POINT = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
REGION = Region(name="point", polygon=POINT, qr=True, bin="B-7")


def code(text: str, pixels: int) -> Image:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=8, border=4)
    drawn = cv2.imdecode(np.frombuffer(out.getvalue(), np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    small = cv2.resize(drawn, (pixels, pixels), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def scene(text: str, pixels: int = 120, turned: float = 0) -> Image:
    place = cv2.resize(ground(), (960, 720))
    label = code(text, pixels)
    place[300 : 300 + pixels, 400 : 400 + pixels] = label
    if turned:
        around = cv2.getRotationMatrix2D((400 + pixels / 2, 300 + pixels / 2), turned, 1)
        place = cv2.warpAffine(place, around, (960, 720), borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(place, (0, 0), 0.6)
    return np.asarray(cv2.convertScaleAbs(soft, alpha=0.7, beta=20), np.uint8)


@pytest.mark.parametrize(
    ("text", "uid"),
    [
        ("bin:E9F35959", "E9F35959"),
        ("BIN:e9f35959", "E9F35959"),
        ("menwei:bin:B-042", "422D303432"),
        ("https://bins.example/bin/B-042", "422D303432"),
        ("bin:7", "000037"),
        ("E2801160600002054B5A1C3F", "E2801160600002054B5A1C3F"),
        (" E9F35959\n", "E9F35959"),
        ("13800138000", ""),  # somebody's number
        ("110101199003074514", ""),
        ("11010119900307451X", ""),
        ("bin:13800138000", ""),
        ("E9F3", ""),
        ("MWP1.abcdef", ""),
        ("WIFI:S:home;P:secret;;", ""),
        ("https://example.org/", ""),
        ("bin:", ""),
        ("bin:a b", ""),
        ("bin:" + "A" * 65, ""),
        ("垃圾桶", ""),
        ("", ""),
    ],
)
def test_what_a_code_says(text: str, uid: str) -> None:
    assert uid_of(text) == uid


@pytest.mark.parametrize(("pixels", "turned"), [(160, 0), (90, 0), (46, 0), (160, 17)])
def test_a_code_is_read_near_far_and_askew(pixels: int, turned: float) -> None:
    ((uid, box),) = codes(scene("bin:B-042", pixels, turned), REGION)
    assert uid == "422D303432"
    x, y, wide, high = box
    assert x + wide / 2 == pytest.approx((400 + pixels / 2) / 960, abs=0.02)
    assert y + high / 2 == pytest.approx((300 + pixels / 2) / 720, abs=0.02)


def test_a_visitors_pass_is_nobodys_bin(signer: Signer) -> None:
    made = Pass(id="0" * 16, compound="c01", nbf=0, exp=2_000_000_000)
    text = issue(signer, made)
    assert uid_of(text) == ""
    assert codes(scene(text, 300), REGION) == []


def test_a_bin_is_told_once_while_it_stands_there() -> None:
    reader = BinCodes((REGION,), "south")
    image = scene("bin:E9F35959")
    found = [each for second in range(40) for each in reader.step(frame(second / 2, image))]
    (told,) = found
    assert told.data == BinIdentified(uid_hex="E9F35959", tech="qr", reader="south", zone="point")
    assert told.subject == "bin/B-7"
    assert len(told.boxes) == 1
    assert reader.step(frame(200, image)) == []
    assert len(reader.step(frame(600, image))) == 1


def test_only_regions_that_ask_for_it_are_read() -> None:
    image = scene("bin:E9F35959")
    elsewhere = Region(name="far", polygon=((0, 0), (0.2, 0), (0.2, 0.2), (0, 0.2)), qr=True)
    assert not BinCodes((elsewhere,), "south").step(frame(0, image))
    quiet = Region(name="point", polygon=POINT)
    assert not BinCodes((quiet,), "south").step(frame(0, image))
    plain = Region(name="point", polygon=POINT, qr=True)
    (told,) = BinCodes((plain,), "south").step(frame(0, image))
    assert told.subject == "camera/south"
