"""What a session keeps for a client that is away, and for how long."""

import pytest

from edge.endpoint.message import Message
from edge.endpoint.packets import Ack, Connack, Disconnect, Publish
from edge.endpoint.properties import Kind, Properties
from edge.endpoint.reasons import Reason
from tests.fix_endpoint import Bench, Wire, endpoint


def away(bench: Bench, *filters: str, name: str = "cam-1") -> None:
    wire = bench.client(name, clean=False)
    wire.subscribe(*filters)
    wire.bye()


def back(bench: Bench, name: str = "cam-1") -> Wire:
    return bench.client(name, clean=False)


def test_what_comes_for_a_client_that_is_away_waits_for_it() -> None:
    bench = Bench()
    away(bench, "cmd/#")
    for n in range(3):
        bench.publish("cmd/x", b"%d" % n, qos=n)
    wire = back(bench)
    assert wire.last(Connack).session_present
    assert wire.messages() == [("cmd/x", b"1"), ("cmd/x", b"2")]
    assert bench.counters.dropped == {"not-connected": 1}  # QoS 0


def test_a_clean_session_keeps_nothing() -> None:
    bench = Bench()
    wire = bench.client()
    wire.subscribe("cmd/#")
    wire.bye()
    bench.publish("cmd/x")
    assert not back(bench).last(Connack).session_present
    assert bench.counters.sessions == 1


class TestExpiry:
    @pytest.mark.parametrize(("after", "present"), [(4, True), (6, False)])
    def test_is_what_the_client_asked_for(self, after: int, present: bool) -> None:
        bench = Bench()
        bench.client(version=5, expiry=5).bye()
        bench.wait(after)
        assert bench.client(version=5, clean=False).last(Connack).session_present is present

    def test_does_not_run_while_connected(self) -> None:
        bench = Bench()
        wire = bench.client(version=5, expiry=5, keep_alive=0)
        wire.subscribe("cmd/#")
        bench.wait(60)
        bench.publish("cmd/x")
        assert len(wire.messages()) == 1

    @pytest.mark.parametrize("expiry", [None, 0])
    def test_without_one_the_session_ends_with_the_connection(self, expiry: int | None) -> None:
        bench = Bench()
        bench.client(version=5, expiry=expiry).vanish()
        assert bench.counters.sessions == 0

    def test_may_change_at_the_end(self) -> None:
        bench = Bench()
        bench.client(version=5, expiry=1).bye(properties=Properties(session_expiry=30))
        bench.wait(20)
        wire = bench.client(version=5, clean=False, expiry=30)
        assert wire.last(Connack).session_present
        wire.bye(properties=Properties(session_expiry=0))
        assert bench.counters.sessions == 0

    def test_but_not_from_nothing(self) -> None:
        wire = Bench().client(version=5)
        wire.bye(properties=Properties(session_expiry=30))
        assert wire.last(Disconnect).reason == Reason.PROTOCOL_ERROR

    def test_has_a_bound(self) -> None:
        bench = Bench(endpoint(session_expiry_max_s=10))
        bench.client(version=5, expiry=99_999).bye(properties=Properties(session_expiry=999_999))
        bench.client("old", clean=False).bye()
        bench.wait(11)
        assert bench.counters.sessions == 0


class TestAcknowledged:
    def test_what_was_not_comes_again_marked_as_such_in_its_order(self) -> None:
        bench = Bench()
        wire = bench.client(clean=False)
        wire.subscribe("cmd/#")
        for n, qos in enumerate((1, 2, 1)):
            bench.publish("cmd/x", b"%d" % n, qos=qos)
        first = wire.all(Publish)
        wire.say(Ack(Kind.PUBACK, first[0].packet))
        wire.vanish()
        again = back(bench).all(Publish)
        assert [(one.payload, one.dup, one.packet) for one in again] == [
            (b"1", True, first[1].packet),
            (b"2", True, first[2].packet),
        ]

    def test_qos_2_that_was_received_is_released_not_sent_again(self) -> None:
        bench = Bench()
        wire = bench.client(clean=False)
        wire.subscribe("cmd/#")
        bench.publish("cmd/x", qos=2)
        packet = wire.last(Publish).packet
        wire.say(Ack(Kind.PUBREC, packet))
        assert wire.acks(Kind.PUBREL) == [(packet, 0)]
        wire.vanish()
        second = back(bench)
        assert second.messages() == []
        assert second.acks(Kind.PUBREL) == [(packet, 0)]
        second.say(Ack(Kind.PUBCOMP, packet))
        second.vanish()
        assert back(bench).sent[1:] == []

    def test_qos_2_that_the_client_refuses_is_over(self) -> None:
        bench = Bench()
        wire = bench.client(version=5)
        wire.subscribe("cmd/#")
        bench.publish("cmd/x", qos=2)
        packet = wire.last(Publish).packet
        wire.say(Ack(Kind.PUBREC, packet, 0x97))
        assert wire.acks(Kind.PUBREL) == []
        wire.say(Ack(Kind.PUBREC, packet))
        assert wire.acks(Kind.PUBREL) == [(packet, Reason.PACKET_ID_NOT_FOUND)]

    def test_a_late_command_does_not_come_again(self) -> None:
        bench = Bench()
        wire = bench.client(clean=False)
        wire.subscribe("cmd/#")
        bench.publish("cmd/open", qos=1, expires=bench.loop.now + 5)
        assert len(wire.messages()) == 1
        wire.vanish()
        bench.wait(6)
        assert back(bench).messages() == []
        assert bench.counters.dropped == {"expired": 1}


class TestWindow:
    def test_no_more_than_the_client_takes_are_under_way(self) -> None:
        bench = Bench()
        wire = bench.client(version=5, receive_maximum=2)
        wire.subscribe("cmd/#")
        for n in range(4):
            bench.publish("cmd/x", b"%d" % n)
        assert [payload for _, payload in wire.messages()] == [b"0", b"1"]
        wire.say(Ack(Kind.PUBACK, wire.all(Publish)[1].packet))
        assert [payload for _, payload in wire.messages()] == [b"0", b"1", b"2"]

    def test_qos_0_does_not_count(self) -> None:
        bench = Bench()
        wire = bench.client(version=5, receive_maximum=1)
        wire.subscribe("cmd/#")
        for _ in range(5):
            bench.publish("cmd/x", qos=0)
        assert len(wire.messages()) == 5

    def test_packet_ids_in_use_are_not_given_again(self) -> None:
        bench = Bench()
        wire = bench.client()
        wire.subscribe("cmd/#")
        bench.publish("cmd/first")
        stuck = wire.last(Publish).packet
        session = bench.context.exchange.find("", "cam-1")
        assert session is not None
        session._last = 65_530
        given = []
        for _ in range(10):
            bench.publish("cmd/x")
            given.append(wire.last(Publish).packet)
        assert stuck == 1
        assert given == [65_531, 65_532, 65_533, 65_534, 65_535, 2, 3, 4, 5, 6]


class TestBounds:
    def test_the_oldest_of_too_many_is_dropped_and_counted(self) -> None:
        bench = Bench(endpoint(queue_messages=3))
        away(bench, "cmd/#")
        for n in range(5):
            bench.publish("cmd/x", b"%d" % n)
        assert [payload for _, payload in back(bench).messages()] == [b"2", b"3", b"4"]
        assert bench.counters.dropped == {"queue-full": 2}

    @pytest.mark.parametrize("bound", ["queue_bytes", "queues_bytes"])
    def test_and_of_too_much(self, bound: str) -> None:
        bench = Bench(endpoint(**{bound: 10_000}))
        away(bench, "cmd/#")
        for n in range(5):
            bench.publish("cmd/x", b"%d" % n + bytes(3000))
        bench.publish("cmd/x", bytes(20_000))  # never fits, and pushes nothing out
        assert [payload[:1] for _, payload in back(bench).messages()] == [b"2", b"3", b"4"]
        assert bench.counters.dropped == {"queue-full": 3}

    def test_all_sessions_together(self) -> None:
        bench = Bench(endpoint(queues_bytes=10_000))
        for name in "abc":
            away(bench, "cmd/#", name=name)
        for _ in range(3):
            bench.publish("cmd/x", bytes(2000))
        kept = sum(len(back(bench, name).messages()) for name in "abc")
        assert kept * 2000 < 10_000
        assert kept == 9 - bench.counters.dropped["queue-full"]

    def test_what_ends_gives_its_bytes_back(self) -> None:
        bench = Bench(endpoint(queues_bytes=10_000))
        for _ in range(20):
            away(bench, "cmd/#")
            bench.publish("cmd/x", bytes(6000))
            bench.client(clean=True).bye()
        assert bench.counters.dropped == {}

    def test_sessions(self) -> None:
        bench = Bench(endpoint(max_connections=3))
        for n in range(9):
            bench.client(f"c{n}", clean=False).bye()
            bench.wait(1)
        assert bench.counters.sessions == 6
        assert back(bench, "c8").last(Connack).session_present
        assert not back(bench, "c0").last(Connack).session_present


def test_a_message_expires_while_it_waits() -> None:
    bench = Bench()
    away(bench, "cmd/#")
    bench.publish("cmd/a", expires=bench.loop.now + 5)
    bench.publish("cmd/b", expires=bench.loop.now + 60)
    bench.wait(6)
    wire = bench.client(version=5, clean=False, expiry=60)
    (one,) = wire.all(Publish)
    assert (one.topic, one.properties.message_expiry) == ("cmd/b", 54)
    assert bench.counters.dropped == {"expired": 1}


def test_a_client_that_reads_nothing_gets_nothing_more_until_it_does() -> None:
    bench = Bench()
    wire = bench.client()
    wire.subscribe("cmd/#")
    wire.connection.pause_writing()
    assert wire.paused  # and is not read from either
    bench.publish("cmd/x", b"kept")
    bench.publish("cmd/x", b"gone", qos=0)
    assert wire.messages() == []
    wire.connection.resume_writing()
    assert wire.messages() == [("cmd/x", b"kept")]
    assert not wire.paused
    assert bench.counters.dropped == {"slow": 1}


def test_a_client_that_reads_nothing_for_long_is_let_go() -> None:
    bench = Bench(endpoint(write_timeout_s=20))
    wire = bench.client()
    wire.connection.pause_writing()
    bench.wait(19)
    assert not wire.closed
    bench.wait(2)
    assert wire.aborted
    assert bench.counters.refused == {"slow-reader": 1}
    assert bench.counters.connections == 0


@pytest.mark.parametrize("version", [4, 5])
def test_a_packet_that_the_client_does_not_take_is_as_if_sent(version: int) -> None:
    bench = Bench()
    wire = bench.client(version=version, maximum_packet_size=100)
    wire.subscribe("t")
    bench.publish("t", bytes(100))
    bench.publish("t", b"small")
    expected = [("t", bytes(100)), ("t", b"small")] if version == 4 else [("t", b"small")]
    assert wire.messages() == expected


class TestServerAliases:
    def test_the_topic_goes_once(self) -> None:
        bench = Bench()
        wire = bench.client(version=5, topic_alias_maximum=1)
        wire.subscribe("#")
        for topic in ("a", "a", "b", "a"):
            bench.publish(topic)
        told = [(one.topic, one.properties.topic_alias) for one in wire.all(Publish)]
        assert told == [("a", 1), ("", 1), ("b", None), ("", 1)]

    def test_an_alias_in_a_packet_that_was_too_large_was_never_told(self) -> None:
        bench = Bench()
        wire = bench.client(version=5, topic_alias_maximum=5, maximum_packet_size=60)
        wire.subscribe("#")
        bench.publish("a", bytes(60))
        bench.publish("a", b"1")
        (one,) = wire.all(Publish)
        assert (one.topic, one.properties.topic_alias) == ("a", 1)

    def test_none_unless_asked_for(self) -> None:
        bench = Bench()
        wire = bench.client(version=5)
        wire.subscribe("#")
        bench.publish("a")
        assert wire.last(Publish).properties.topic_alias is None


def test_the_size_of_a_message_counts_all_of_it() -> None:
    small = Message("t", b"").size
    assert Message("t" * 11, bytes(5), tail=bytes(7)).size == small + 22
