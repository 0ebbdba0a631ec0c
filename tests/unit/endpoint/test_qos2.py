"""Exactly once by packet id, from PUBLISH until PUBREL, over reconnects too."""

import pytest

from edge.delivery import Answer
from edge.endpoint.packets import Ack, Connack, Disconnect
from edge.endpoint.properties import Kind
from edge.endpoint.reasons import Reason
from tests.fix_endpoint import Bench, Wire, endpoint


def release(wire: Wire, packet: int) -> None:
    wire.say(Ack(Kind.PUBREL, packet))


@pytest.mark.parametrize("version", [4, 5])
def test_the_whole_exchange(version: int) -> None:
    bench = Bench()
    wire = bench.client(version=version)
    wire.publish("t", qos=2, packet=5)
    bench.settle()
    release(wire, 5)
    assert wire.acks(Kind.PUBREC) == wire.acks(Kind.PUBCOMP) == [(5, 0)]
    wire.publish("t", qos=2, packet=5)  # the number is free again
    assert len(bench.delivered) == 2


def test_sent_again_before_it_is_durable_it_is_one_message() -> None:
    bench = Bench()
    wire = bench.client()
    wire.publish("t", qos=2, packet=5)
    wire.publish("t", qos=2, packet=5, dup=True)
    assert len(bench.delivered) == 1
    assert wire.acks(Kind.PUBREC) == []
    bench.settle()
    assert wire.acks(Kind.PUBREC) == [(5, 0), (5, 0)]


def test_sent_again_on_a_new_connection_it_is_one_message() -> None:
    bench = Bench()
    first = bench.client(clean=False)
    first.publish("t", qos=2, packet=5)
    first.vanish()
    second = bench.client(clean=False)
    assert second.last(Connack).session_present
    second.publish("t", qos=2, packet=5, dup=True)
    assert len(bench.delivered) == 1
    assert second.acks(Kind.PUBREC) == []
    bench.settle()
    assert second.acks(Kind.PUBREC) == [(5, 0)]
    release(second, 5)
    assert second.acks(Kind.PUBCOMP) == [(5, 0)]


def test_durable_already_it_is_only_acknowledged_again() -> None:
    bench = Bench()
    first = bench.client(clean=False)
    first.publish("t", qos=2, packet=5)
    bench.settle()
    first.vanish()
    second = bench.client(clean=False)
    second.publish("t", qos=2, packet=5, dup=True)
    assert second.acks(Kind.PUBREC) == [(5, 0)]
    assert len(bench.delivered) == 1


def test_a_clean_start_is_a_new_count() -> None:
    bench = Bench()
    first = bench.client(clean=False)
    first.publish("t", qos=2, packet=5)
    bench.settle()
    first.vanish()
    bench.client(clean=True).publish("t", qos=2, packet=5)
    assert len(bench.delivered) == 2


def test_a_refused_one_frees_its_number_at_once() -> None:
    bench = Bench()
    wire = bench.client(version=5)
    wire.publish("t", qos=2, packet=5)
    bench.settle(Answer.QUOTA)
    wire.publish("t", qos=2, packet=5)
    assert len(bench.delivered) == 2


def test_a_number_that_is_not_in_use() -> None:
    wire = Bench().client(version=5)
    release(wire, 9)
    assert wire.acks(Kind.PUBCOMP) == [(9, Reason.PACKET_ID_NOT_FOUND)]
    old = Bench().client()
    release(old, 9)
    assert old.acks(Kind.PUBCOMP) == [(9, 0)]


def test_a_release_before_it_is_durable_is_no_reason_to_forget_it() -> None:
    bench = Bench()
    wire = bench.client(version=5)
    wire.publish("t", qos=2, packet=5)
    release(wire, 5)
    assert wire.acks(Kind.PUBCOMP) == []
    assert wire.last(Disconnect).reason == Reason.PROTOCOL_ERROR


class TestReceiveMaximum:
    def test_counts_until_the_exchange_is_over(self) -> None:
        bench = Bench(endpoint(receive_maximum=3))
        wire = bench.client(version=5)
        for packet in (1, 2, 3):
            wire.publish("t", qos=2, packet=packet)
        bench.settle()
        release(wire, 2)
        wire.publish("t", qos=2, packet=4)
        assert not wire.ended
        bench.settle()
        wire.publish("t", qos=1, packet=5)
        assert wire.last(Disconnect).reason == Reason.RECEIVE_MAXIMUM_EXCEEDED

    def test_qos_1_counts_until_its_acknowledgement(self) -> None:
        bench = Bench(endpoint(receive_maximum=2))
        wire = bench.client(version=5)
        for packet in range(1, 20):
            wire.publish("t", qos=1, packet=packet)
            bench.settle()
        wire.publish("t", packet=20)
        wire.publish("t", packet=21)
        assert not wire.ended
        wire.publish("t", packet=22)
        assert wire.last(Disconnect).reason == Reason.RECEIVE_MAXIMUM_EXCEEDED

    def test_refused_ones_do_not_use_it_up(self) -> None:
        bench = Bench(endpoint(receive_maximum=2, publish=("#", "!secret/#")))
        wire = bench.client(version=5)
        for packet in range(1, 20):
            wire.publish("secret/x", qos=1 + packet % 2, packet=packet)
            wire.publish("t", qos=2, packet=100)
            bench.settle()
            release(wire, 100)
        assert not wire.ended
        assert len(bench.delivered) == 19
