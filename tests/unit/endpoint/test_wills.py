"""A will is a message to intake like any other, sent when its client is lost."""

import pytest

from edge.endpoint.packets import Disconnect, Publish, Will
from edge.endpoint.properties import Properties
from tests.fix_endpoint import Bench, Wire

WILL = Will("state/cam-1", b"lost", 1)


def listening(bench: Bench) -> Wire:
    wire = bench.client("listener", 5)
    wire.subscribe("state/#")
    return wire


def test_goes_to_intake_and_is_shown_only_when_stored() -> None:
    bench = Bench()
    sub = listening(bench)
    bench.client(will=WILL).vanish()
    (delivery,) = bench.delivered
    assert (delivery.topic, delivery.payload, delivery.packet) == ("state/cam-1", b"lost", 0)
    assert delivery.client == "cam-1"
    assert sub.messages() == []
    bench.settle()
    assert sub.messages() == [("state/cam-1", b"lost")]
    assert sub.last(Publish).qos == 1
    assert bench.counters.unsettled_bytes == 0


@pytest.mark.parametrize("version", [4, 5])
def test_not_after_a_goodbye(version: int) -> None:
    bench = Bench()
    bench.client(version=version, will=WILL).bye()
    bench.wait(5)
    assert bench.delivered == []


def test_but_after_one_that_asks_for_it() -> None:
    bench = Bench()
    bench.client(version=5, will=WILL).bye(0x04)
    assert bench.topics() == ["state/cam-1"]


def test_after_the_connection_was_ended_for_a_reason() -> None:
    bench = Bench()
    bench.client(will=WILL).raw(b"\x00")
    assert bench.topics() == ["state/cam-1"]


def test_after_silence() -> None:
    bench = Bench()
    wire = bench.client(version=5, keep_alive=10, will=WILL)
    bench.wait(15)
    assert bench.delivered == []
    bench.wait(1)
    assert bench.topics() == ["state/cam-1"]
    assert wire.last(Disconnect).reason == 0x8D


def test_with_what_it_brought() -> None:
    bench = Bench()
    sub = listening(bench)
    told = Properties(user=(("a", "2"),), content_type="text/plain", message_expiry=40)
    will = Will("state/cam-1", b"lost", 2, retain=True, properties=told)
    bench.client(version=5, will=will).vanish()
    bench.settle()
    assert sub.last(Publish).properties == told
    late = bench.client("late", 5)
    late.subscribe("state/#")
    assert late.last(Publish).retain


def delayed(bench: Bench, delay: int, expiry: int) -> Wire:
    will = Will("state/cam-1", b"lost", 1, properties=Properties(will_delay=delay))
    return bench.client(version=5, clean=False, expiry=expiry, will=will)


class TestDelay:
    @pytest.mark.parametrize(("delay", "expiry", "after"), [(3, 10, 3), (9, 5, 5), (5, 0, 0)])
    def test_is_the_delay_or_the_session_whichever_ends_first(
        self, delay: int, expiry: int, after: int
    ) -> None:
        bench = Bench()
        delayed(bench, delay, expiry).vanish()
        if after:
            bench.wait(after - 1)
            assert bench.delivered == []
            bench.wait(1.5)
        assert bench.topics() == ["state/cam-1"]
        bench.wait(20)
        assert len(bench.delivered) == 1

    def test_who_comes_back_in_time_was_not_lost(self) -> None:
        bench = Bench()
        delayed(bench, 5, 60).vanish()
        bench.wait(3)
        bench.client(version=5, clean=False, expiry=60)
        bench.wait(10)
        assert bench.delivered == []

    def test_nor_is_the_will_that_it_comes_back_with_due(self) -> None:
        bench = Bench()
        delayed(bench, 5, 60).vanish()
        bench.wait(3)
        delayed(bench, 5, 60)
        bench.wait(10)
        assert bench.delivered == []

    def test_who_begins_anew_has_lost_the_session(self) -> None:
        bench = Bench()
        delayed(bench, 5, 60).vanish()
        bench.client(version=5, clean=True)
        assert bench.topics() == ["state/cam-1"]


def test_being_taken_over_is_a_loss_for_the_older() -> None:
    bench = Bench()
    bench.client(will=WILL)
    bench.client()
    assert bench.topics() == ["state/cam-1"]


def test_the_agent_going_is_not_the_device_being_lost() -> None:
    bench = Bench()
    wire = bench.client(version=5, will=WILL)
    wire.connection.shut_down()
    bench.loop.run()
    assert bench.delivered == []
    assert wire.last(Disconnect).reason == 0x8B
    assert wire.closed
