"""What devices said last is bounded by number and by bytes, whoever sends."""

from hypothesis import given
from hypothesis import strategies as st

from edge.delivery import Delivery
from edge.heard import LARGEST, Heard
from tests.fix_core import START


class Nowhere:
    def settle(self, settled: object) -> None: ...


def said(heard: Heard, device: str, size: int) -> None:
    heard.hear(device, "native", Delivery("t", b"x" * size, Nowhere()), START)


def test_the_newest_of_each_is_kept_and_counted() -> None:
    heard = Heard(10, 1000)
    said(heard, "a", 3)
    said(heard, "a", 5)
    (one,) = heard.devices()
    assert (one.count, one.payload) == (2, b"xxxxx")


def test_the_oldest_gives_way() -> None:
    heard = Heard(2, 1000)
    for device in ("a", "b", "a", "c"):
        said(heard, device, 1)
    assert [one.device for one in heard.devices()] == ["a", "c"]


def test_one_that_is_too_large_is_counted_only() -> None:
    heard = Heard(2, 10 * LARGEST)
    said(heard, "a", LARGEST + 1)
    one = heard.last("a")
    assert one is not None
    assert (one.payload, one.size) == (None, LARGEST + 1)


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 300)), max_size=60),
    st.integers(1, 6),
    st.integers(0, 700),
)
def test_bounds_hold_whatever_comes(sent: list[tuple[str, int]], devices: int, budget: int) -> None:
    heard = Heard(devices, budget)
    for device, size in sent:
        said(heard, device, size)
        kept = heard.devices()
        assert len(kept) <= devices
        total = sum(len(one.payload) for one in kept if one.payload is not None)
        assert total <= budget
        assert total == heard._bytes
        assert kept[-1].device == device
