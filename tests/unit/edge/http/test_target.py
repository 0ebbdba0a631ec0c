"""The path is the topic."""

import pytest

from edge.http import target
from edge.http.declined import Declined


@pytest.mark.parametrize(
    ("raw", "topic"),
    [
        (b"/site/access/door-1", "site/access/door-1"),
        (b"/site/access/door-1/", "site/access/door-1"),
        (b"/hikvision/gate-1?format=json&x", "hikvision/gate-1"),
        (b"/hikvision/%E5%8D%97%E9%97%A8", "hikvision/南门"),
        (b"http://10.0.0.2:7080/dahua/a", "dahua/a"),
        (b"//dahua/gate-1", "dahua/gate-1"),
        (b"/", ""),
        (b"http://10.0.0.2", ""),
    ],
)
def test_topic(raw: bytes, topic: str) -> None:
    assert target.read(raw, 1024).topic == topic


@pytest.mark.parametrize(
    "raw",
    [
        b"/site/../menwei/x", b"/site/./x", b"/site//x", b"/site/%2e%2e/x", b"/a%2Fb", b"/a%00b",
        b"/a%0Ab", b"/a\\b", b"/a%7Fb", b"/%ff", b"*", b"site/x", b"/a%E2%80%AEb",
    ],
)  # fmt: skip
def test_what_names_no_topic(raw: bytes) -> None:
    with pytest.raises(Declined) as declined:
        target.read(raw, 1024)
    assert declined.value.status == 400


def test_long_ones() -> None:
    assert target.read(b"/" + b"a" * 1023, 1024).path
    with pytest.raises(Declined) as declined:
        target.read(b"/" + b"a" * 1024, 1024)
    assert declined.value.status == 414
    with pytest.raises(Declined):
        target.read(b"/a?" + b"&".join(b"x=1" for _ in range(200)), 1024)


@pytest.mark.parametrize(
    "topic", ["$SYS/x", "menwei/v1/x", "cmd/door-1/open", "replay/x", "a/+/b", "a/#", "cmd"]
)
def test_topics_that_are_not_for_devices(topic: str) -> None:
    with pytest.raises(Declined):
        target.check_topic(topic)


def test_a_secret_in_the_address_is_taken_out_of_it() -> None:
    found = target.read(b"/~geheim/site/access/door-1?sn=1", 1024)
    assert (found.topic, found.secret) == ("site/access/door-1", "geheim")
    found = target.read(b"/iclock/cdata?SN=ABC&key=ge%20heim", 1024)
    assert (found.topic, found.secret, found.query) == ("iclock/cdata", "ge heim", {"SN": "ABC"})
