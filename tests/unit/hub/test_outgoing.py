"""What waits for a broker: the newest of what is kept, and only orders that are still good."""

from infra.hub.outgoing import ORDERS, STALE, Outgoing


def drained(one: Outgoing, now: float) -> list[tuple[str, bytes]]:
    found = []
    while (message := one.next(now)) is not None:
        found.append((message.topic, message.payload))
        one.done(message)
    return found


def test_of_what_is_retained_the_newest() -> None:
    one = Outgoing()
    for version in (b"1", b"2"):
        one.put("a", version, 0.0, retain=True)
    one.put("b", b"1", 0.0, retain=True)
    assert drained(one, 1000.0) == [("a", b"2"), ("b", b"1")]


def test_orders_go_first_and_in_their_order() -> None:
    one = Outgoing()
    one.put("policy", b"1", 0.0, retain=True)
    one.put("open", b"1", 0.0, retain=False)
    one.put("open", b"2", 0.0, retain=False)
    assert drained(one, 1.0) == [("open", b"1"), ("open", b"2"), ("policy", b"1")]


def test_an_order_that_waited_too_long_is_dropped() -> None:
    one = Outgoing()
    one.put("open", b"1", 0.0, retain=False)
    one.put("open", b"2", 1.0, retain=False)
    assert drained(one, STALE + 0.5) == [("open", b"2")]


def test_orders_are_bounded_and_old_ones_make_room() -> None:
    one = Outgoing()
    assert all(one.put("open", b"", 0.0, retain=False) for _ in range(ORDERS))
    assert not one.put("open", b"", 0.0, retain=False)
    assert one.put("policy", b"", 0.0, retain=True)
    assert one.put("open", b"new", STALE + 1, retain=False)
    assert drained(one, STALE + 1) == [("open", b"new"), ("policy", b"")]


def test_what_replaced_a_message_under_way_stays() -> None:
    one = Outgoing()
    one.put("policy", b"1", 0.0, retain=True)
    under_way = one.next(0.0)
    assert under_way is not None
    one.put("policy", b"2", 0.0, retain=True)
    one.done(under_way)
    assert drained(one, 0.0) == [("policy", b"2")]


def test_what_was_not_acknowledged_is_said_again() -> None:
    one = Outgoing()
    one.put("open", b"1", 0.0, retain=False)
    assert one.next(0.0) is one.next(1.0) is not None
