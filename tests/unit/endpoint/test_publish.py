"""A device's message on its way in, and what is said back when it is settled (I1)."""

import pytest

from edge.delivery import Answer
from edge.endpoint import build
from edge.endpoint.packets import Connack, Disconnect, Publish
from edge.endpoint.properties import Kind, Properties
from edge.endpoint.reasons import Reason
from tests.fix_endpoint import Bench, endpoint


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize(("qos", "kind"), [(1, Kind.PUBACK), (2, Kind.PUBREC)])
def test_nothing_is_acknowledged_before_it_is_settled(version: int, qos: int, kind: Kind) -> None:
    bench = Bench()
    wire = bench.client(version=version)
    wire.publish("site/access/door-1", b'{"a":1}', qos, packet=7)
    bench.wait(5)
    (delivery,) = bench.delivered
    assert (delivery.topic, delivery.payload, delivery.packet) == (
        "site/access/door-1",
        b'{"a":1}',
        7,
    )
    assert (delivery.retained, delivery.client) == (False, "cam-1")
    assert wire.acks(kind) == []
    bench.settle()
    assert wire.acks(kind) == [(7, 0)]


def test_many_messages_of_one_read_are_one_delivery_and_one_write() -> None:
    bench = Bench()
    wire = bench.client()
    wire.say(*(Publish("t", b"payload", 1, packet=n) for n in range(1, 201)))
    assert [len(batch) for batch in bench.batches] == [200]
    wire.forget()
    link = bench.delivered[0].link
    for start in (1, 101):  # two groups, settled before the loop has its turn
        link.settle([(n, Answer.STORED) for n in range(start, start + 100)])
    bench.loop.run()
    assert len(wire.writes) == 1
    assert wire.acks() == [(n, 0) for n in range(1, 201)]


def test_acknowledgements_leave_in_order_of_receipt() -> None:
    bench = Bench()
    wire = bench.client()
    wire.say(*(Publish("t", b"payload", 1, packet=n) for n in (5, 6, 7)))
    bench.settle(which=[1, 2])
    assert wire.acks() == []
    bench.settle()
    assert wire.acks() == [(5, 0), (6, 0), (7, 0)]


def test_a_refusal_waits_for_its_turn_too() -> None:
    bench = Bench(endpoint(publish=("#", "!secret/#")))
    wire = bench.client(version=5)
    topics = ("open/a", "secret/a", "open/b")  # in one read
    wire.say(*(Publish(topic, b"{}", 1, packet=n) for n, topic in enumerate(topics, 1)))
    assert bench.topics() == ["open/a", "open/b"]
    assert wire.acks() == []
    bench.settle()
    assert wire.acks() == [(1, 0), (2, Reason.NOT_AUTHORIZED), (3, 0)]


def test_qos_0_waits_and_is_settled_like_the_rest_but_says_nothing() -> None:
    bench = Bench()
    wire = bench.client()
    wire.publish("t", b"abcdef", qos=0)
    wire.publish("t", b"abcdef", qos=1, packet=3)
    assert [one.packet for one in bench.delivered] == [0, 3]
    assert bench.counters.unsettled_bytes > 12
    bench.settle()
    assert wire.acks() == [(3, 0)]
    assert bench.counters.unsettled_bytes == 0


@pytest.mark.parametrize(("version", "reason"), [(4, 0), (5, 0x97)])
@pytest.mark.parametrize("qos", [1, 2])
def test_what_was_refused_for_good_is_told_where_the_version_can(
    version: int, reason: int, qos: int
) -> None:
    bench = Bench()
    wire = bench.client(version=version)
    wire.publish("t", qos=qos, packet=9)
    bench.settle(Answer.QUOTA)
    assert wire.acks(Kind.PUBACK if qos == 1 else Kind.PUBREC) == [(9, reason)]
    assert bench.counters.unsettled_bytes == 0


def test_a_retained_publish_is_live_to_intake() -> None:
    bench = Bench()
    wire = bench.client()
    wire.publish("t", retain=True)
    assert [one.retained for one in bench.delivered] == [False]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_packets_may_come_in_pieces(size: int) -> None:
    whole, pieces = Bench(), Bench()
    packets = [
        Publish(f"t/{n % 3}", bytes(n * 9), n % 2, packet=n % 2 * (n + 1)) for n in range(40)
    ]
    one, other = whole.client(), pieces.client()
    one.say(*packets)
    data = b"".join(build.encode(packet, 4) for packet in packets)
    for at in range(0, len(data), size):
        other.raw(data[at : at + size])
    told = [[(d.topic, d.payload, d.packet) for d in bench.delivered] for bench in (whole, pieces)]
    assert told[0] == told[1]
    assert len(told[0]) == 40


def test_a_large_packet_in_small_pieces_is_not_copied_for_each() -> None:
    bench = Bench()
    wire = bench.client()
    data = build.encode(Publish("t", bytes(1_000_000), 1, packet=1), 4)
    for at in range(0, len(data), 100):  # ten thousand pieces
        wire.raw(data[at : at + 100])
    assert [len(one.payload) for one in bench.delivered] == [1_000_000]


@pytest.mark.parametrize("version", [4, 5])
def test_one_byte_over_the_size_is_refused_visibly(version: int) -> None:
    bench = Bench(endpoint(max_packet=2000))
    wire = bench.client(version=version)
    fits = 2000 - len(b"\x32\xff\x07\x00\x01t\x00\x01") - (version == 5)
    wire.publish("t", bytes(fits), packet=1)
    assert len(bench.delivered) == 1
    wire.publish("t", bytes(fits + 1), packet=2)
    assert len(bench.delivered) == 1
    assert bench.counters.refused == {"packet-too-large": 1}
    assert wire.ended
    assert [one.reason for one in wire.all(Disconnect)] == [0x95] * (version == 5)


REFUSED = [
    ("secret/x", Reason.NOT_AUTHORIZED),
    ("$SYS/x", Reason.TOPIC_INVALID),
    ("x" * 1025, Reason.TOPIC_INVALID),
]


@pytest.mark.parametrize(("topic", "reason"), REFUSED)
def test_3_1_1_has_no_word_for_a_refusal_so_the_connection_ends(topic: str, reason: Reason) -> None:
    bench = Bench(endpoint(publish=("#", "!secret/#")))
    wire = bench.client()
    wire.publish(topic)
    assert wire.ended
    assert wire.acks() == []
    assert bench.delivered == []
    assert bench.counters.refused == {reason.name.lower().replace("_", "-"): 1}


@pytest.mark.parametrize(("topic", "reason"), REFUSED)
@pytest.mark.parametrize(("qos", "kind"), [(1, Kind.PUBACK), (2, Kind.PUBREC)])
def test_5_is_told_why(topic: str, reason: Reason, qos: int, kind: Kind) -> None:
    bench = Bench(endpoint(publish=("#", "!secret/#")))
    wire = bench.client(version=5)
    wire.publish(topic, qos=qos, packet=4)
    assert wire.acks(kind) == [(4, reason)]
    assert not wire.ended
    assert bench.delivered == []
    assert sum(bench.counters.refused.values()) == 1


def test_5_at_qos_0_has_no_acknowledgement_to_tell_in() -> None:
    bench = Bench(endpoint(publish=("#", "!secret/#")))
    wire = bench.client(version=5)
    wire.publish("secret/x", qos=0)
    assert wire.last(Disconnect).reason == Reason.NOT_AUTHORIZED


def test_a_topic_with_its_own_name_may_begin_with_a_dollar() -> None:
    bench = Bench(endpoint(publish=("#", "$vendor/#")))
    wire = bench.client()
    wire.publish("$vendor/a")
    assert bench.topics() == ["$vendor/a"]


def test_a_payload_that_claims_to_be_text_must_be() -> None:
    bench = Bench()
    wire = bench.client(version=5)
    text = Properties(payload_format=1)
    wire.publish("t", b"\xff", packet=1, properties=text)
    wire.publish("t", "门".encode(), packet=2, properties=text)
    bench.settle()
    assert wire.acks() == [(1, Reason.PAYLOAD_FORMAT_INVALID), (2, 0)]
    assert len(bench.delivered) == 1


@pytest.mark.parametrize("topic", ["a/+", "a/#", "#", "a+b"])
@pytest.mark.parametrize("version", [4, 5])
def test_wildcards_cannot_be_published_to(topic: str, version: int) -> None:
    bench = Bench()
    wire = bench.client(version=version)
    wire.publish(topic)
    assert wire.ended
    assert bench.delivered == []


def test_names_that_are_wildcards_elsewhere_are_names_here() -> None:
    bench = Bench()
    wire = bench.client("cam.1 * >")
    wire.publish("site/a.b/c d/*/>")
    assert bench.topics() == ["site/a.b/c d/*/>"]
    assert bench.delivered[0].client == "cam.1 * >"


class TestAliases:
    def test_an_alias_stands_for_its_topic(self) -> None:
        bench = Bench()
        wire = bench.client(version=5)
        alias = Properties(topic_alias=3)
        wire.publish("site/a", packet=1, properties=alias)
        wire.publish("", packet=2, properties=alias)
        wire.publish("site/b", packet=3, properties=alias)
        wire.publish("", packet=4, qos=2, properties=alias)
        assert bench.topics() == ["site/a", "site/a", "site/b", "site/b"]

    def test_connack_says_how_many(self) -> None:
        told = Bench(endpoint(topic_alias_max=7)).client(version=5).last(Connack).properties
        assert told.topic_alias_maximum == 7

    @pytest.mark.parametrize("alias", [0, 5, 33])
    def test_an_unknown_one_ends_the_connection(self, alias: int) -> None:
        wire = Bench().client(version=5)
        wire.publish("" if alias == 5 else "t", properties=Properties(topic_alias=alias))
        assert wire.last(Disconnect).reason == Reason.TOPIC_ALIAS_INVALID

    def test_they_end_with_the_connection(self) -> None:
        bench = Bench()
        bench.client(version=5, expiry=60).publish("t", properties=Properties(topic_alias=1))
        wire = bench.client(version=5, clean=False, expiry=60)
        wire.publish("", properties=Properties(topic_alias=1))
        assert wire.last(Disconnect).reason == Reason.TOPIC_ALIAS_INVALID


def test_neither_topic_nor_alias_is_an_error() -> None:
    wire = Bench().client(version=5)
    wire.publish("")
    assert wire.last(Disconnect).reason == Reason.PROTOCOL_ERROR


def test_the_properties_of_a_server_are_refused_from_a_client() -> None:
    wire = Bench().client(version=5)
    wire.publish("t", properties=Properties(subscription_ids=(4,)))
    assert wire.last(Disconnect).reason == Reason.PROTOCOL_ERROR


def test_what_came_before_a_malformed_packet_is_handed_over() -> None:
    bench = Bench()
    wire = bench.client()
    wire.raw(build.encode(Publish("t", b"good", 1, packet=1), 4) + b"\x36\x00")
    assert [one.payload for one in bench.delivered] == [b"good"]
    assert wire.ended


def test_a_settled_message_of_a_client_that_is_gone_says_nothing() -> None:
    bench = Bench()
    wire = bench.client()
    wire.publish("t")
    wire.vanish()
    bench.settle()
    assert bench.counters.unsettled_bytes == 0
    assert wire.acks() == []


def test_a_packet_id_belongs_to_its_connection() -> None:
    bench = Bench()
    first = bench.client(clean=False)
    first.publish("t", b"one", packet=1)
    second = bench.client(clean=False)
    second.publish("t", b"two", packet=1)
    bench.settle(which=[0])
    assert second.acks() == []
    bench.settle()
    assert second.acks() == [(1, 0)]


def test_properties_on_a_topic_that_was_plain_before() -> None:
    bench = Bench()
    wire = bench.client(version=5)
    wire.publish("t", b"first", packet=1)
    wire.publish("t", b"second", packet=2, properties=Properties(user=(("a", "1"),)))
    wire.publish("t", b"third", packet=3)
    assert [one.payload for one in bench.delivered] == [b"first", b"second", b"third"]


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("body", [b"\5\0\3abc", b"\6\0\3abc\0", b"\3\0\3a"])
def test_a_packet_never_reaches_into_the_next(version: int, body: bytes) -> None:
    bench = Bench()
    wire = bench.client(version=version)
    wire.publish("abc", b"known", packet=1)
    wire.raw(b"\x32" + body + build.encode(Publish("abc", b"next", 1, packet=2), version))
    assert [one.payload for one in bench.delivered] == [b"known"]
    assert wire.ended
    assert bench.counters.refused == {"malformed": 1}


def test_settling_wakes_the_loop_once_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    wires = [bench.client(f"c{n}") for n in range(3)]
    for wire in wires:
        wire.say(*(Publish("t", b"payload", 1, packet=n) for n in range(1, 51)))
    timers = len(bench.loop._due)
    for one in bench.delivered:
        one.link.settle([(one.packet, Answer.STORED)])
    assert len(bench.loop._due) == timers + 1
    bench.loop.run()
    assert all(len(wire.acks()) == 50 for wire in wires)
    wires[0].publish("t", packet=99)
    bench.settle(which=[-1])
    assert wires[0].acks()[-1] == (99, 0)


class TestReceiveMaximum:
    def within(self, *refused: int) -> Bench:
        """A client that was refused so often in a row, answered, and then uses all it has."""
        bench = Bench(endpoint(publish=("#", "!secret/#"), receive_maximum=4))
        wire = bench.client(version=5)
        for count in refused:
            wire.say(*(Publish("secret/x", b"{}", 1, packet=n) for n in range(1, count + 1)))
        assert len(wire.acks()) == sum(refused)
        wire.publish("t", packet=9)
        bench.settle()
        wire.say(*(Publish("t", b"{}", 1, packet=n) for n in range(1, 5)))
        assert not wire.ended
        wire.publish("t", packet=5)
        assert wire.last(Disconnect).reason == Reason.RECEIVE_MAXIMUM_EXCEEDED
        return bench

    @pytest.mark.parametrize("refused", [(), (1,), (3,), (1, 2, 4)])
    def test_a_refusal_that_was_answered_counts_no_longer(self, refused: tuple[int, ...]) -> None:
        assert len(self.within(*refused).delivered) == 6

    def test_a_refusal_that_waits_for_its_turn_counts(self) -> None:
        bench = Bench(endpoint(publish=("#", "!secret/#"), receive_maximum=4))
        wire = bench.client(version=5)
        wire.say(*(Publish("t", b"{}", 1, packet=n) for n in (1, 2)))
        wire.say(*(Publish("secret/x", b"{}", 1, packet=n) for n in (3, 4)))
        assert not wire.ended
        wire.publish("t", packet=5)
        assert wire.last(Disconnect).reason == Reason.RECEIVE_MAXIMUM_EXCEEDED
