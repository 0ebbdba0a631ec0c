"""Who sees what: filters, options, access, shared subscriptions, retained messages."""

from typing import Any

import pytest

from edge.delivery import Answer
from edge.endpoint.packets import Disconnect, Filter, Publish, Subscribe, Unsuback, Unsubscribe
from edge.endpoint.properties import Properties
from edge.endpoint.reasons import Reason
from tests.fix_endpoint import Bench, Wire, endpoint


def pair(bench: Bench, version: int = 5) -> tuple[Wire, Wire]:
    """(publisher, subscriber)."""
    return bench.client("pub", version), bench.client("sub", version)


class TestDurableFirst:
    @pytest.mark.parametrize("qos", [0, 1, 2])
    def test_others_see_a_message_only_when_it_is_stored(self, qos: int) -> None:
        bench = Bench()
        pub, sub = pair(bench)
        sub.subscribe("t/#")
        pub.publish("t/a", b"x", qos)
        assert sub.messages() == []
        bench.settle()
        assert sub.messages() == [("t/a", b"x")]
        assert sub.last(Publish).qos == qos

    def test_and_never_when_it_was_refused(self) -> None:
        bench = Bench()
        pub, sub = pair(bench)
        sub.subscribe("t/#")
        pub.publish("t/a", retain=True)
        bench.settle(Answer.QUOTA)
        assert sub.messages() == []
        assert bench.client("late").subscribe("t/#").reasons == (2,)

    def test_even_when_its_sender_is_gone(self) -> None:
        bench = Bench()
        pub, sub = pair(bench)
        sub.subscribe("t/#")
        pub.publish("t/a")
        pub.vanish()
        bench.settle()
        assert len(sub.messages()) == 1


@pytest.mark.parametrize(("published", "subscribed", "expected"), [(2, 1, 1), (1, 2, 1), (0, 2, 0)])
def test_the_lower_qos_counts(published: int, subscribed: int, expected: int) -> None:
    bench = Bench()
    pub, sub = pair(bench)
    assert sub.subscribe("t", qos=subscribed).reasons == (subscribed,)
    pub.publish("t", qos=published)
    bench.settle()
    assert sub.last(Publish).qos == expected


def test_overlapping_filters_are_one_message_at_the_highest_qos() -> None:
    bench = Bench()
    pub, sub = pair(bench)
    sub.subscribe(Filter("a/#", 0), identifier=3)
    sub.subscribe(Filter("a/+", 2), identifier=4)
    sub.subscribe(Filter("b", 2), identifier=5)
    pub.publish("a/b", qos=2)
    bench.settle()
    (one,) = sub.all(Publish)
    assert one.qos == 2
    assert sorted(one.properties.subscription_ids) == [3, 4]


def test_no_local_keeps_what_is_ones_own_away() -> None:
    bench = Bench()
    pub, sub = pair(bench)
    for wire in (pub, sub):
        wire.subscribe(Filter("t", 1, no_local=True))
    pub.publish("t")
    bench.settle()
    assert (len(pub.messages()), len(sub.messages())) == (0, 1)


def test_properties_are_passed_on_as_they_came() -> None:
    bench = Bench()
    pub, sub = pair(bench)
    sub.subscribe("t")
    told = Properties(
        payload_format=1,
        content_type="text/plain",
        response_topic="answer/here",
        correlation_data=b"334",
        user=(("a", "2"), ("a", "1"), ("c", "3")),
        topic_alias=4,
    )
    pub.publish("t", b"x", properties=told)
    bench.settle()
    got = sub.last(Publish).properties
    assert got == Properties(
        payload_format=1,
        content_type="text/plain",
        response_topic="answer/here",
        correlation_data=b"334",
        user=told.user,
    )


def test_3_1_1_gets_the_message_without_properties() -> None:
    bench = Bench()
    pub, sub = bench.client("pub", 5), bench.client("sub", 4)
    sub.subscribe("t")
    pub.publish("t", b"x", properties=Properties(user=(("a", "1"),), message_expiry=9))
    bench.settle()
    assert sub.messages() == [("t", b"x")]


def test_unsubscribed_is_unsubscribed() -> None:
    bench = Bench()
    pub, sub = pair(bench)
    sub.subscribe("t", "u")
    sub.say(Unsubscribe(7, ("t", "never")))
    assert sub.last(Unsuback).reasons == (0, Reason.NO_SUBSCRIPTION_EXISTED)
    pub.publish("t", packet=1)
    pub.publish("u", packet=2)
    bench.settle()
    assert [topic for topic, _ in sub.messages()] == ["u"]


def test_while_nobody_is_subscribed_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    pub, sub = pair(bench)
    looked: list[str] = []
    monkeypatch.setattr(bench.context.exchange.tree, "_look", looked.append)
    pub.publish("t", b"1", packet=1)
    bench.settle()
    assert looked == []
    sub.subscribe("other")
    for packet in (2, 3, 4):
        pub.publish("t", b"1", packet=packet)
    bench.settle()
    assert looked == ["t"]  # once, then remembered


class TestAccess:
    RULES = endpoint(
        publish=("#",), subscribe=("cmd/{user}/#", "open/#", "!open/secret/#", "!open/+/pin")
    )

    @pytest.mark.parametrize(
        ("topic", "reason"),
        [
            ("cmd/sub/#", 2),
            ("cmd/sub/x", 2),
            ("cmd/sub", 2),
            ("open/#", 2),
            ("$share/g/open/#", 2),
            ("cmd/#", Reason.NOT_AUTHORIZED),
            ("cmd/+/x", Reason.NOT_AUTHORIZED),
            ("cmd/other/#", Reason.NOT_AUTHORIZED),
            ("#", Reason.NOT_AUTHORIZED),
            ("+/sub/#", Reason.NOT_AUTHORIZED),
            ("$share/g/#", Reason.NOT_AUTHORIZED),
            ("$SYS/#", Reason.NOT_AUTHORIZED),
            ("open/secret/x", Reason.UNSPECIFIED),
            ("open/secret/#", Reason.UNSPECIFIED),
            ("a/#/b", Reason.FILTER_INVALID),
            ("a+", Reason.FILTER_INVALID),
            ("", Reason.FILTER_INVALID),
            ("$share/g", Reason.FILTER_INVALID),
            ("$share//x", Reason.FILTER_INVALID),
            ("$share/+/x", Reason.FILTER_INVALID),
            ("x" * 1025, Reason.FILTER_INVALID),
            ("cmd/sub" + "/x" * 63, Reason.FILTER_INVALID),
            ("cmd/sub" + "/x" * 62, 2),
        ],
    )
    def test_what_may_be_asked_for(self, topic: str, reason: int) -> None:
        assert Bench(self.RULES).client("sub", 5).subscribe(topic).reasons == (reason,)
        in_311 = reason if reason < 0x80 else 0x80
        assert Bench(self.RULES).client("sub", 4).subscribe(topic).reasons == (in_311,)

    def test_what_is_forbidden_one_by_one_is_not_seen_through_a_wider_filter(self) -> None:
        bench = Bench(self.RULES)
        pub, sub = pair(bench)
        sub.subscribe("open/#")
        for packet, topic in enumerate(("open/secret/x", "open/a/pin", "open/a"), 1):
            pub.publish(topic, packet=packet, retain=True)
        bench.settle()
        assert [topic for topic, _ in sub.messages()] == ["open/a"]
        sub.forget()
        sub.subscribe("open/#")  # and not as retained
        assert [topic for topic, _ in sub.messages()] == ["open/a"]

    @pytest.mark.parametrize("name", ["+", "#", "a/#", "other/x"])
    def test_a_name_is_no_wildcard(self, name: str) -> None:
        bench = Bench(self.RULES)
        sub = bench.client(name, 5)
        assert sub.subscribe("cmd/other/x/y").reasons == (Reason.NOT_AUTHORIZED,)
        assert sub.subscribe("cmd/#").reasons == (Reason.NOT_AUTHORIZED,)

    def test_there_are_only_so_many(self) -> None:
        sub = Bench(endpoint(max_subscriptions=2)).client(version=5)
        assert sub.subscribe("a", "b", "c").reasons == (2, 2, Reason.QUOTA_EXCEEDED)
        assert sub.subscribe("a").reasons == (2,)  # it has that one


class TestShared:
    def test_each_message_goes_to_one_of_them_in_turn(self) -> None:
        bench = Bench()
        pub = bench.client("pub", 5)
        members = [bench.client(f"m{n}", 5) for n in range(3)]
        for one in members:
            one.subscribe("$share/g/t/#", "own")
        for packet in range(1, 10):
            pub.publish("t/a", packet=packet)
        pub.publish("own", packet=10)
        bench.settle()
        assert [len(one.messages()) for one in members] == [4, 4, 4]

    def test_each_group_gets_its_own(self) -> None:
        bench = Bench()
        pub, sub = pair(bench)
        sub.subscribe("$share/g/t", "$share/h/t")
        pub.publish("t")
        bench.settle()
        assert len(sub.messages()) == 2

    def test_who_is_here_comes_before_who_is_away(self) -> None:
        bench = Bench()
        pub = bench.client("pub")
        for name in ("gone", "here"):
            bench.client(name, clean=False).subscribe("$share/g/t")
        gone = bench.client("gone", clean=False)
        gone.vanish()
        here = bench.client("here", clean=False)
        for packet in (1, 2, 3):
            pub.publish("t", packet=packet)
        bench.settle()
        assert len(here.messages()) == 3

    def test_no_local_is_not_for_them(self) -> None:
        wire = Bench().client(version=5)
        wire.say(Subscribe(1, (Filter("$share/g/t", 1, no_local=True),)))
        assert wire.last(Disconnect).reason == Reason.PROTOCOL_ERROR

    def test_leaving_it_is_leaving_it(self) -> None:
        bench = Bench()
        pub, sub = pair(bench)
        sub.subscribe("$share/g/t")
        sub.say(Unsubscribe(7, ("$share/g/t",)))
        assert sub.last(Unsuback).reasons == (0,)
        pub.publish("t")
        bench.settle()
        assert sub.messages() == []
        assert bench.context.exchange.tree.count == 0


class TestRetained:
    def keep(self, bench: Bench, *topics: str, payload: bytes = b"last", **more: Any) -> None:
        pub = bench.client("keeper", 5)
        for packet, topic in enumerate(topics, 1):
            pub.publish(topic, payload, packet=packet, retain=True, **more)
        bench.settle()

    def test_a_new_subscriber_sees_the_last_one(self) -> None:
        bench = Bench()
        self.keep(bench, "a/b", "a/c", "x")
        self.keep(bench, "a/b", payload=b"newer")
        sub = bench.client("sub")
        sub.subscribe("a/+")
        told = sorted((one.topic, one.payload, one.retain) for one in sub.all(Publish))
        assert told == [("a/b", b"newer", True), ("a/c", b"last", True)]

    def test_an_empty_one_removes_it(self) -> None:
        bench = Bench()
        self.keep(bench, "a")
        self.keep(bench, "a", payload=b"")
        sub = bench.client("sub")
        sub.subscribe("a")
        assert sub.messages() == []

    @pytest.mark.parametrize(("handling", "first", "second"), [(0, 1, 1), (1, 1, 0), (2, 0, 0)])
    def test_retain_handling(self, handling: int, first: int, second: int) -> None:
        bench = Bench()
        self.keep(bench, "a")
        sub = bench.client("sub", 5)
        for expected in (first, second):
            sub.forget()
            sub.subscribe(Filter("a", 1, retain_handling=handling))
            assert len(sub.messages()) == expected

    @pytest.mark.parametrize("as_published", [False, True])
    def test_retain_as_published(self, as_published: bool) -> None:
        bench = Bench()
        pub, sub = pair(bench)
        sub.subscribe(Filter("a", 1, as_published=as_published))
        pub.publish("a", packet=1, retain=True)
        pub.publish("a", packet=2)
        bench.settle()
        assert [one.retain for one in sub.all(Publish)] == [as_published, False]

    def test_not_for_shared_subscriptions(self) -> None:
        bench = Bench()
        self.keep(bench, "a")
        sub = bench.client("sub", 5)
        sub.subscribe("$share/g/a")
        assert sub.messages() == []

    def test_with_properties_and_what_is_left_of_its_time(self) -> None:
        bench = Bench()
        self.keep(bench, "a", properties=Properties(user=(("k", "v"),), message_expiry=30))
        bench.wait(10)
        sub = bench.client("sub", 5)
        sub.subscribe("a", identifier=8)
        told = sub.last(Publish).properties
        assert told == Properties(user=(("k", "v"),), message_expiry=20, subscription_ids=(8,))
        bench.wait(21)
        sub.forget()
        sub.subscribe("a")
        assert sub.messages() == []

    def test_a_full_store_keeps_what_it_has(self) -> None:
        bench = Bench(endpoint(retained_messages=2))
        self.keep(bench, "a", "b", "c")
        self.keep(bench, "a", payload=b"changed")
        sub = bench.client("sub")
        sub.subscribe("#")
        assert sorted(sub.messages()) == [("a", b"changed"), ("b", b"last")]
        assert bench.counters.dropped == {"retained-full": 1}

    def test_in_bytes_too(self) -> None:
        bench = Bench(endpoint(retained_bytes=5000))
        self.keep(bench, "a", "b", payload=bytes(3000))
        sub = bench.client("sub")
        sub.subscribe("#")
        assert [topic for topic, _ in sub.messages()] == ["a"]

    def test_asking_for_them_over_and_over_is_bounded_by_the_rate(self) -> None:
        bench = Bench(endpoint(rate=100, burst=200))
        self.keep(bench, *(f"a/{n}" for n in range(50)))
        sub = bench.client("sub")
        again = Subscribe(1, (Filter("a/#", 0),))
        sub.say(*[again] * 100)
        assert len(sub.messages()) == 250  # the burst, and what made it too much
        assert sub.paused
        bench.loop.run(1)
        assert 300 <= len(sub.messages()) <= 400
