"""I1 under any order of things: random histories, each replayed from its seed."""

import random
from collections import Counter

import pytest

from edge.delivery import Answer, Delivery
from edge.endpoint.packets import Ack
from edge.endpoint.properties import Kind
from tests.fix_core import SEED
from tests.fix_endpoint import Bench, Wire, endpoint


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("number", range(25))
def test_whatever_happens_only_what_is_settled_is_acknowledged(version: int, number: int) -> None:
    chance = random.Random(f"{SEED}/{version}/{number}")
    bench = Bench(endpoint(receive_maximum=40, publish=("#", "!secret/#"), rate=1_000_000))
    settled: Counter[bytes] = Counter()  # by payload, which is unique to a message
    said: dict[tuple[int, int], bytes] = {}  # what a packet id meant on a connection
    wires: list[Wire] = []
    unsettled: list[Delivery] = []
    taken = 0

    def connect() -> Wire:
        wires.append(
            bench.client(version=version, clean=False, expiry=60 if version == 5 else None)
        )
        return wires[-1]

    def check(wire: Wire) -> None:
        place = wires.index(wire)
        acks = [one for one in wire.all(Ack) if one.kind in (Kind.PUBACK, Kind.PUBREC)]
        for one in acks:
            payload = said[(place, one.packet)]
            if one.reason == 0:
                assert settled[payload], f"acknowledged and not durable: {one}"

    wire, serial = connect(), 0
    for _ in range(120):
        move = chance.random()
        if wire.ended or wire.closed:
            wire = connect()
        if move < 0.55 and not wire.paused:
            serial += 1
            qos = chance.choice((0, 1, 1, 2))
            topic = "secret/x" if version == 5 and qos and chance.random() < 0.1 else "t"
            payload = b"message %d" % serial
            packet = serial if qos else 0
            said[(wires.index(wire), packet)] = payload
            wire.publish(topic, payload, qos, packet)
        elif move < 0.9:
            unsettled += bench.delivered[taken:]
            taken = len(bench.delivered)
            group = chance.sample(unsettled, chance.randint(0, len(unsettled)))
            for one in group:
                unsettled = [other for other in unsettled if other is not one]
                settled[one.payload] += 1
                one.link.settle([(one.packet, Answer.STORED)])
            bench.loop.run()
        elif move < 0.95:
            wire.vanish()
        elif not wire.paused:
            wire.bye()
        for each in wires:
            check(each)
    for one in unsettled + bench.delivered[taken:]:
        settled[one.payload] += 1
        one.link.settle([(one.packet, Answer.STORED)])
        bench.loop.run()
    for each in wires:
        check(each)
    while bench.delivered[sum(settled.values()) :]:  # what was not read for want of room
        for one in bench.delivered[sum(settled.values()) :]:
            settled[one.payload] += 1
            one.link.settle([(one.packet, Answer.STORED)])
        bench.loop.run()
    assert bench.counters.unsettled_bytes == 0
    assert set(settled.values()) == {1}
