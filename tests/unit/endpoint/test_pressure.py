"""Back-pressure: too fast, too much, too many. Nobody loses anything, others feel nothing."""

import pytest

from edge.endpoint import build
from edge.endpoint.access import access
from edge.endpoint.config import Client, Endpoint
from edge.endpoint.packets import Connect, Disconnect, Pingreq, Publish
from edge.endpoint.reasons import Reason
from edge.endpoint.valve import Hold, Valve
from tests.fix_endpoint import Below, Bench, Wire, endpoint


def flood(wire: Wire, count: int, first: int = 1, qos: int = 1, size: int = 10) -> None:
    wire.say(
        *(Publish("t", bytes(size), qos, packet=qos and n) for n in range(first, first + count))
    )


class TestRate:
    def test_a_client_over_its_rate_waits_and_loses_nothing(self) -> None:
        bench = Bench(endpoint(rate=100, burst=100, receive_maximum=1000))
        wire = bench.client()
        flood(wire, 300)
        assert len(bench.delivered) == 100
        assert wire.paused
        bench.loop.run(1.0)
        assert 190 <= len(bench.delivered) <= 205
        bench.loop.run(1.1)
        assert [one.packet for one in bench.delivered] == list(range(1, 301))
        assert not wire.paused
        assert bench.counters.throttled == 200

    def test_others_are_not_affected(self) -> None:
        bench = Bench(endpoint(rate=100, burst=100, receive_maximum=1000))
        fast, slow = bench.client("fast"), bench.client("slow")
        flood(fast, 500)
        for n in range(1, 50):
            slow.publish("quiet", packet=n)
            assert bench.topics()[-1] == "quiet"

    def test_what_it_had_to_wait_is_reported_now_and_then(self) -> None:
        bench = Bench(endpoint(rate=10, burst=10, receive_maximum=1000))
        flood(bench.client(), 60)
        bench.wait(4)
        ((client, messages, waited, rate),) = bench.throttled
        assert (client, rate) == ("cam-1", 10)
        assert messages >= 1
        assert 0 < waited <= 1
        bench.wait(20)
        assert len(bench.throttled) == 2
        assert sum(one[1] for one in bench.throttled) == 50
        assert sum(one[2] for one in bench.throttled) == pytest.approx(5, abs=0.5)

    def test_within_its_rate_nobody_waits(self) -> None:
        bench = Bench(endpoint(rate=100, burst=100))
        wire = bench.client()
        for n in range(1, 500):
            wire.publish("t", packet=n)
            bench.settle()
            bench.loop.run(0.01)
        assert bench.throttled == []
        assert bench.counters.throttled == 0

    def test_reconnecting_gives_no_new_burst(self) -> None:
        bench = Bench(endpoint(rate=10, burst=50, receive_maximum=1000))
        for _ in range(5):
            wire = bench.client()
            flood(wire, 50)
            wire.vanish()
        assert len(bench.delivered) == 50

    def test_each_client_may_have_its_own(self) -> None:
        settings = Endpoint(
            rate=500, burst=1000, clients={"nvr": Client(rate=5000), "pin": Client(rate=2, burst=3)}
        )
        told = [access(settings, user, "c") for user in ("nvr", "pin", "other")]
        assert [(one.rate, one.burst) for one in told] == [(5000, 5000), (2, 3), (500, 1000)]

    def test_keep_alive_does_not_run_while_it_is_made_to_wait(self) -> None:
        bench = Bench(endpoint(rate=1, burst=1, receive_maximum=1000))
        wire = bench.client(version=5, keep_alive=2)
        flood(wire, 30)
        bench.wait(20)
        assert not wire.ended


class TestRoom:
    def test_3_1_1_is_not_read_from_while_too_much_is_unsettled(self) -> None:
        bench = Bench(endpoint(receive_maximum=10))
        wire = bench.client()
        flood(wire, 25)
        assert len(bench.delivered) == 10
        assert wire.paused
        bench.settle(which=range(4))
        assert len(bench.delivered) == 10
        bench.settle()
        assert len(bench.delivered) == 20
        bench.settle()
        bench.settle()
        assert [packet for packet, _ in wire.acks()] == list(range(1, 26))
        assert not wire.paused

    @pytest.mark.parametrize("version", [4, 5])
    def test_qos_0_counts_the_same_way(self, version: int) -> None:
        bench = Bench(endpoint(receive_maximum=10))
        wire = bench.client(version=version)
        flood(wire, 45, qos=0)
        assert len(bench.delivered) == (10 if version == 4 else 20)
        for _ in range(5):
            bench.settle()
        assert len(bench.delivered) == 45
        assert not wire.ended


class TestBudget:
    def test_too_many_bytes_stop_everybody_until_half_is_settled(self) -> None:
        bench = Bench(endpoint(unsettled_bytes=10_000))
        one, other = bench.client("one"), bench.client("other")
        flood(one, 3, size=4000)
        assert one.paused
        assert other.paused
        late = bench.client("late")
        assert late.paused  # signed in, and has to wait as well
        bench.settle(which=[0])
        assert other.paused
        bench.settle(which=[0])
        assert [wire.paused for wire in (one, other, late)] == [False] * 3
        other.publish("t")
        bench.settle()
        assert bench.counters.unsettled_bytes == 0

    def test_refused_and_repeated_messages_cost_nothing(self) -> None:
        bench = Bench(endpoint(publish=("#", "!secret/#")))
        wire = bench.client(version=5)
        wire.publish("t", qos=2, packet=1)
        wire.publish("t", qos=2, packet=1, dup=True)
        wire.publish("secret/x", packet=2)
        bench.settle()
        assert bench.counters.unsettled_bytes == 0


class TestUnfinished:
    """What is there of packets that are not whole yet."""

    def part(self, size: int, whole: int = 9_900) -> bytes:
        return build.encode(Publish("t", bytes(whole), 1, packet=1), 4)[:size]

    def test_over_the_bound_the_one_that_began_first_goes(self) -> None:
        bench = Bench(endpoint(unfinished_bytes=10_000, max_packet=10_000))
        old, other = bench.client("old", 5), bench.client("other")
        old.raw(self.part(3000))
        other.raw(self.part(4000))
        old.raw(bytes(1000))
        assert bench.counters.unfinished_bytes == 8000
        other.raw(bytes(3000))
        assert old.ended
        assert old.last(Disconnect).reason == Reason.QUOTA_EXCEEDED
        assert bench.counters.refused == {"quota-exceeded": 1}
        assert bench.counters.unfinished_bytes == 7000
        other.raw(self.part(10_000)[7000:])
        assert len(bench.delivered) == 1
        assert bench.counters.unfinished_bytes == 0

    def test_many_that_never_finish_cost_no_more(self) -> None:
        bench = Bench(endpoint(unfinished_bytes=100_000, max_packet=60_000))
        for n in range(100):
            bench.client(f"c{n}").raw(self.part(40_000, 50_000))
            assert bench.counters.unfinished_bytes <= 100_000
        assert bench.counters.connections == 2
        well = bench.client("well")
        for n in range(1, 50):
            well.publish("t", packet=n)
        assert len(bench.delivered) == 49

    def test_the_largest_packet_always_has_room(self) -> None:
        bench = Bench(endpoint(unfinished_bytes=1024, max_packet=50_100))
        wire = bench.client()
        wire.raw(self.part(50_000, 50_000))
        wire.raw(self.part(50_100, 50_000)[50_000:])
        assert len(bench.delivered) == 1
        assert not wire.ended

    def test_each_packet_begins_anew(self) -> None:
        bench = Bench(endpoint(unfinished_bytes=10_000, max_packet=10_000))
        one, other = bench.client("one"), bench.client("other")
        one.raw(self.part(3000, 5000))
        other.raw(self.part(4000))
        one.raw(self.part(5100, 5000)[3000:] + self.part(3000, 5000))
        other.raw(bytes(5000))
        assert (one.ended, other.ended) == (False, True)

    @pytest.mark.parametrize("how", ["vanish", "bye"])
    def test_who_is_gone_holds_nothing(self, how: str) -> None:
        bench = Bench()
        wire = bench.client()
        wire.raw(self.part(4000))
        assert bench.counters.unfinished_bytes == 4000
        wire.vanish() if how == "vanish" else wire.connection.shut_down()
        assert bench.counters.unfinished_bytes == 0

    def test_what_waits_for_a_password_is_none(self) -> None:
        bench = Bench(endpoint(unfinished_bytes=1024, max_packet=1024))
        wire = bench.wire()
        wire.raw(build.encode(Connect(4, "c" * 60_000), 4)[:50_000])
        assert not wire.ended
        assert bench.counters.unfinished_bytes == 0


def test_packets_that_cost_us_and_nobody_else_are_read_in_turns() -> None:
    bench = Bench()
    wire = bench.client()
    wire.forget()
    wire.connection.data_received(build.encode(Pingreq(), 4) * 1000)
    assert len(wire.sent) == 256
    bench.loop.run()
    assert len(wire.sent) == 1000
    assert not wire.paused


def test_what_follows_connect_at_once_is_read_at_once() -> None:
    bench = Bench()
    wire = bench.wire()
    wire.say(Connect(4, "c"), *(Publish("t", b"1234", 1, packet=n) for n in range(1, 21)))
    assert len(bench.delivered) == 20
    assert bench.counters.throttled == 0


def test_reads_that_were_put_off_may_turn_out_bad() -> None:
    bench = Bench(endpoint(rate=10, burst=10))
    wire = bench.client()
    wire.raw(build.encode(Publish("t", b"1234", 1, packet=1), 4) * 12 + b"\x00")
    bench.loop.run(1)
    assert len(bench.delivered) == 12
    assert wire.ended


def test_what_was_not_read_of_a_client_that_is_gone_never_is() -> None:
    bench = Bench(endpoint(receive_maximum=10))
    wire = bench.client()
    flood(wire, 25)
    wire.vanish()
    bench.settle()
    assert len(bench.delivered) == 10


class TestValve:
    def made(self) -> tuple[Valve, list[bytes]]:
        """Reads packets of four bytes."""
        read: list[bytes] = []

        def take(data: bytes) -> int:
            read.append(data)
            return len(data) - len(data) % 4

        return Valve(take, lambda _: 4), read

    def test_a_rest_is_looked_at_only_when_it_may_be_whole(self) -> None:
        valve, read = self.made()
        for byte in b"abcdefgh":
            valve.received(bytes((byte,)))
        assert read == [b"a", b"abcd", b"e", b"efgh"]

    def test_what_comes_while_it_is_held_waits(self) -> None:
        valve, read = self.made()
        valve.hold(Hold.RATE)
        valve.received(b"abcd")
        valve.received(b"efgh")
        assert read == []
        valve.release(Hold.ROOM)
        assert read == []
        valve.open(Below())
        valve.release(Hold.RATE)
        assert read == [b"abcdefgh"]

    def test_after_a_large_one_a_small_one_does_not_wait_for_as_much(self) -> None:
        needs = iter([100])
        read: list[bytes] = []

        def take(data: bytes) -> int:
            read.append(data)
            return 0 if len(read) == 1 else len(data)

        valve = Valve(take, lambda _: next(needs))
        valve.open(Below())
        valve.received(b"a" * 4)
        valve.received(b"a" * 96)
        valve.hold(Hold.RATE)
        valve.received(b"abcd")
        valve.release(Hold.RATE)
        assert [len(one) for one in read] == [4, 100, 4]
