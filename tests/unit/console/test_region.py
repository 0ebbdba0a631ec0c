"""Only what changed travels, and it is never markup."""

from functools import partial

from projections.console.nodes import Node, badge, node
from projections.console.region import Differ, Item, fixed


def items(**rows: object) -> list[Item]:
    return [Item(key, seen, partial(node, "div", f"{key}{seen}")) for key, seen in rows.items()]


def test_at_first_everything_goes_then_only_what_is_new() -> None:
    differ = Differ()
    first = differ.update(items(a=1, b=1))
    assert first == {
        "put": [[1, ["div", {}, "a1"]], [2, ["div", {}, "b1"]]],
        "order": [1, 2],
    }
    assert differ.update(items(a=1, b=1)) is None
    assert differ.update(items(a=1, b=2)) == {"put": [[2, ["div", {}, "b2"]]], "order": None}


def test_new_rows_go_with_the_new_order_and_old_ones_stay_where_they_are() -> None:
    differ = Differ()
    differ.update(items(a=1, b=1))
    assert differ.update(items(c=1, a=1)) == {
        "put": [[3, ["div", {}, "c1"]]],
        "order": [3, 1],
    }
    assert differ.key(2) is None
    assert (differ.key(3), differ.key("3"), differ.key(None)) == ("c", None, None)


def test_an_equal_row_that_is_another_object_does_not_travel() -> None:
    differ = Differ()
    differ.update(items(a=(1, "x")))
    assert differ.update(items(a=(1, "x"))) is None


def test_what_is_forgotten_is_sent_whole() -> None:
    differ = Differ()
    differ.update(items(a=1, b=1))
    differ.forget()
    again = differ.update(items(a=1, b=1))
    assert again is not None
    assert len(again["put"]) == 2
    assert again["order"] == [number for number, _ in again["put"]]
    assert differ.key(again["order"][0]) == "a"


def test_a_row_is_not_drawn_when_nobody_needs_it() -> None:
    def fail() -> Node:
        raise AssertionError("drawn for nothing")

    differ = Differ()
    differ.update(items(a=1))
    assert differ.update([Item("a", 1, fail)]) is None


def test_strings_stay_strings() -> None:
    hostile = "<script>alert(1)</script>"
    assert node("b.x", hostile, title=hostile) == [
        "b", {"title": hostile, "class": "x"}, hostile,
    ]  # fmt: skip
    drawn = badge("hot", "active", hostile)
    assert drawn[-1] == hostile


def test_attributes_are_named_as_html_has_them_and_empty_ones_left_out() -> None:
    made = node("a.one.two", None, "x", data_event_id="1", href="", vars={"fill": "4%"})
    assert made == ["a", {"data-event-id": "1", "class": "one two", "vars": {"fill": "4%"}}, "x"]


def test_fixed_items_are_drawn_as_given() -> None:
    assert [item.draw() for item in fixed("a", ["b", {}])] == ["a", ["b", {}]]
