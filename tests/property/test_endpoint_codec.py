"""The codec is total: any bytes are a packet, too few yet, or a reason; what it writes it reads."""

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.endpoint import build, codec
from edge.endpoint.packets import (
    Ack,
    Auth,
    Connack,
    Connect,
    Disconnect,
    Filter,
    Packet,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
    Will,
)
from edge.endpoint.properties import _TABLE, NONE, Kind, Properties
from edge.endpoint.reasons import ProtocolError
from tests.fix_endpoint import Bench

LIMIT = 300_000
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
ids = st.integers(1, 65_535)
reasons = st.integers(0, 255)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.integers(0, 1),
    "u16": ids,
    "u32": st.integers(1, 0xFFFF_FFFF),
    "text": texts,
    "binary": st.binary(max_size=30),
    "pair": st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
}


@st.composite
def properties(draw: st.DrawFn, kind: Kind, version: int) -> Properties:
    if version == 4:
        return NONE
    chosen: dict[str, Any] = {}
    for name, form, kinds in _TABLE.values():
        if kind not in kinds or draw(st.booleans()):
            continue
        if form == "varint":
            many = 3 if kind is Kind.PUBLISH else 1
            chosen[name] = tuple(draw(st.lists(st.integers(1, 268_435_455), max_size=many)))
        else:
            chosen[name] = draw(VALUES[form])
    if "authentication_method" not in chosen:
        chosen.pop("authentication_data", None)
    return Properties(**chosen)


@st.composite
def wills(draw: st.DrawFn, version: int) -> Will:
    return Will(
        draw(texts),
        draw(st.binary(max_size=50)),
        draw(st.integers(0, 2)),
        draw(st.booleans()),
        draw(properties(Kind.WILL, version)),
    )


@st.composite
def connects(draw: st.DrawFn, version: int) -> Connect:
    username = draw(st.none() | texts)
    alone = version == 4 and username is None
    return Connect(
        version,
        draw(texts),
        draw(st.booleans()),
        draw(st.integers(0, 65_535)),
        username,
        None if alone else draw(st.none() | st.binary(max_size=30)),
        draw(st.none() | wills(version)),
        draw(properties(Kind.CONNECT, version)),
    )


@st.composite
def publishes(draw: st.DrawFn, version: int) -> Publish:
    qos = draw(st.integers(0, 2))
    return Publish(
        draw(texts),
        draw(st.binary(max_size=400)),
        qos,
        draw(st.booleans()),
        qos > 0 and draw(st.booleans()),
        draw(ids) if qos else 0,
        draw(properties(Kind.PUBLISH, version)),
    )


@st.composite
def acks(draw: st.DrawFn, version: int) -> Ack:
    kind = draw(st.sampled_from([Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP]))
    reason = draw(reasons) if version == 5 else 0
    return Ack(kind, draw(ids), reason, draw(properties(kind, version)))


@st.composite
def filters(draw: st.DrawFn, version: int) -> Filter:
    if version == 4:
        return Filter(draw(texts), draw(st.integers(0, 2)))
    flags = st.booleans()
    return Filter(
        draw(texts), draw(st.integers(0, 2)), draw(flags), draw(flags), draw(st.integers(0, 2))
    )


def packets(version: int) -> st.SearchStrategy[Packet]:
    def told(kind: Kind) -> st.SearchStrategy[Properties]:
        return properties(kind, version)

    codes = st.lists(reasons, max_size=4).map(tuple)
    lines = st.lists(filters(version), min_size=1, max_size=4).map(tuple)
    names = st.lists(texts, min_size=1, max_size=4).map(tuple)
    made: list[st.SearchStrategy[Packet]] = [
        connects(version),
        publishes(version),
        acks(version),
        st.builds(Connack, st.booleans(), reasons, told(Kind.CONNACK)),
        st.builds(Subscribe, ids, lines, told(Kind.SUBSCRIBE)),
        st.builds(Suback, ids, codes, told(Kind.SUBACK)),
        st.builds(Unsubscribe, ids, names, told(Kind.UNSUBSCRIBE)),
        st.just(Pingreq()),
        st.just(Pingresp()),
    ]
    if version == 5:
        made += [
            st.builds(Unsuback, ids, codes, told(Kind.UNSUBACK)),
            st.builds(Disconnect, reasons, told(Kind.DISCONNECT)),
            st.builds(Auth, reasons, told(Kind.AUTH)),
        ]
    else:
        made += [st.builds(Unsuback, ids), st.just(Disconnect())]
    return st.one_of(made)


versioned = st.sampled_from([4, 5]).flatmap(lambda one: st.tuples(st.just(one), packets(one)))

spoken = st.sampled_from([4, 5]).flatmap(
    lambda one: st.tuples(st.just(one), st.lists(packets(one), max_size=8))
)


def read(data: bytes, version: int) -> list[Packet]:
    found, at = [], 0
    while (span := codec.frame(data, at, LIMIT, version)) is not None and span[1] <= len(data):
        found.append(codec.decode(data[at], data[span[0] : span[1]], version))
        at = span[1]
    return found


@settings(max_examples=600)
@given(versioned)
def test_what_is_written_reads_back(made: tuple[int, Packet]) -> None:
    version, packet = made
    assert read(build.encode(packet, version), version) == [packet]


OUTCOMES = {"more", "refused", "packet"}


def outcome(data: bytes, version: int) -> str:
    """Anything but these is a fault of the codec's."""
    try:
        span = codec.frame(data, 0, LIMIT, version)
        if span is None or span[1] > len(data):
            return "more"
        packet = codec.decode(data[0], data[span[0] : span[1]], version)
    except ProtocolError as error:
        return "refused" if error.reason and error.code >= 0x80 else "refused without a reason"
    assert isinstance(packet, msgspec.Struct)
    return "packet"


@settings(max_examples=600)
@given(st.binary(max_size=200), st.sampled_from([4, 5]))
@example(b"\x10\xff\xff\xff\xff", 5)
@example(b"\x30\x02\x00\x00", 5)
def test_any_bytes_have_an_outcome(data: bytes, version: int) -> None:
    assert outcome(data, version) in OUTCOMES


@settings(max_examples=600)
@given(versioned, st.data())
def test_any_change_to_a_packet_has_an_outcome(
    made: tuple[int, Packet], data: st.DataObject
) -> None:
    """Far deeper than random bytes would come."""
    version, packet = made
    raw = bytearray(build.encode(packet, version))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(["set", "cut", "double"])):
            case "set":
                raw[place] = data.draw(st.integers(0, 255))
            case "cut" if len(raw) > 1:
                del raw[place]
            case _:
                raw[place:place] = raw[place : place + 3]
    assert outcome(bytes(raw), version) in OUTCOMES


@settings(max_examples=300)
@given(versioned, st.data())
def test_a_packet_cut_short_is_never_a_whole_one(
    made: tuple[int, Packet], data: st.DataObject
) -> None:
    version, packet = made
    raw = build.encode(packet, version)
    assert outcome(raw[: data.draw(st.integers(0, len(raw) - 1))], version) == "more"


@settings(max_examples=150)
@given(
    st.sampled_from([4, 5]),
    st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.binary(max_size=300)), max_size=30),
    st.data(),
)
def test_however_it_is_cut_the_same_messages_arrive(
    version: int, plan: list[tuple[int, bool, bytes]], data: st.DataObject
) -> None:
    raw = b"".join(
        build.encode(Publish(f"t/{n % 4}", payload, qos, retain, packet=qos and n + 1), version)
        for n, (qos, retain, payload) in enumerate(plan)
    )
    places = data.draw(st.lists(st.integers(0, len(raw)), max_size=20).map(sorted))
    told = []
    for cuts in ([], places):
        bench = Bench()
        wire = bench.client(version=version)
        edges = [0, *cuts, len(raw)]
        for start, stop in pairwise(edges):
            if stop > start:
                wire.raw(raw[start:stop])
        told.append([(one.topic, one.payload, one.packet) for one in bench.delivered])
        bench.settle()
        assert bench.counters.unsettled_bytes == 0
    assert told[0] == told[1]
    assert len(told[0]) == len(plan)


@settings(max_examples=300)
@given(st.sampled_from([4, 5]), st.lists(st.binary(min_size=1, max_size=60), max_size=8))
def test_no_bytes_of_a_client_raise(version: int, chunks: list[bytes]) -> None:
    """All the way through a connection: it answers, waits or ends, and owes no bytes at the end."""
    bench = Bench()
    wire = bench.client(version=version)
    for chunk in chunks:
        if not (wire.ended or wire.closed or wire.paused):
            wire.raw(chunk)
    wire.vanish()
    bench.settle()
    assert bench.counters.unsettled_bytes == 0
    assert bench.counters.connections == 0


@settings(max_examples=300)
@given(spoken)
def test_no_packets_of_a_client_raise(made: tuple[int, list[Packet]]) -> None:
    version, said = made
    bench = Bench()
    wire = bench.client(version=version)
    for packet in said:
        if not (wire.ended or wire.closed or wire.paused):
            wire.say(packet)
    wire.vanish()
    bench.settle()
    assert bench.counters.unsettled_bytes == 0
    assert bench.counters.connections == 0
