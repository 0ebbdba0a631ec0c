"""Names, filters, rules, and the tree that finds who asked for what."""

import pytest

from edge.endpoint.packets import Filter
from edge.endpoint.topics import (
    Rules,
    compile_filter,
    covers,
    is_filter,
    is_name,
    matches,
    share_of,
)
from edge.endpoint.tree import Subscription, Tree

MATCHING = [
    ("sport/tennis/player1/#", "sport/tennis/player1", True),
    ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
    ("sport/#", "sport", True),
    ("#", "a/b", True),
    ("#", "/", True),
    ("+", "a", True),
    ("+", "a/b", False),
    ("+/+", "/finance", True),
    ("/+", "/finance", True),
    ("+", "/finance", False),
    ("sport/+", "sport", False),
    ("sport/+", "sport/", True),
    ("sport/+/x", "sport//x", True),
    ("a/b", "a/b", True),
    ("a/b", "a/b/", False),
    ("a/b", "A/b", False),
    ("#", "$SYS/x", False),
    ("+/x", "$SYS/x", False),
    ("$SYS/#", "$SYS/x", True),
    ("$SYS/+", "$SYS/x", True),
    ("a/#", "a/$x", True),
]


@pytest.mark.parametrize(("pattern", "topic", "expected"), MATCHING)
def test_what_matches(pattern: str, topic: str, expected: bool) -> None:
    assert matches(compile_filter(pattern), topic) is expected
    tree: Tree[str] = Tree()
    tree.add("me", "", compile_filter(pattern), Subscription(Filter(pattern)))
    assert (tree.match(topic) is not None) is expected


@pytest.mark.parametrize("topic", ["#", "+", "a/#", "+/a", "a/+/b", "/", "a//b", "$share/x", "a b"])
def test_filters(topic: str) -> None:
    assert is_filter(topic)


@pytest.mark.parametrize("topic", ["", "#/a", "a#", "a/#/b", "a+", "+a/b", "a/b+", "##"])
def test_no_filters(topic: str) -> None:
    assert not is_filter(topic)


def test_names() -> None:
    assert [is_name(one) for one in ("a", "/", "*", ">", "", "a/+", "#")] == [True] * 4 + [
        False
    ] * 3


@pytest.mark.parametrize(
    ("pattern", "other", "expected"),
    [
        ("#", "a/+/#", True),
        ("a/#", "a", True),
        ("a/#", "a/#", True),
        ("a/+", "a/#", False),
        ("a/+", "a/+", True),
        ("a/b", "a/+", False),
        ("+/b", "+/b", True),
        ("a/#", "#", False),
        ("#", "$SYS/#", False),
        ("a/+/c", "a/b/c", True),
    ],
)
def test_what_a_filter_covers_of_another(pattern: str, other: str, expected: bool) -> None:
    assert covers(compile_filter(pattern), compile_filter(other)) is expected


def test_shares() -> None:
    assert share_of("a/b") == ("", "a/b")
    assert share_of("$share/g/a/b") == ("g", "a/b")
    for bad in ("$share/g", "$share//a", "$share/g/", "$share/#/a", "$share/g/a/#/b"):
        assert share_of(bad) is None, bad


class TestRules:
    def test_what_is_forbidden_wins(self) -> None:
        rules = Rules(("#", "!cmd/#"), {})
        told = [rules.permits(one) for one in ("site/a", "cmd/a", "cmd", "$SYS/a")]
        assert told == [True, False, False, False]

    def test_placeholders(self) -> None:
        rules = Rules(
            ("cmd/{user}/#", "log/{client}-x", "!cmd/{user}/no"), {"user": "a", "client": "c"}
        )
        told = [rules.permits(one) for one in ("cmd/a/go", "cmd/b/go", "log/c-x", "cmd/a/no")]
        assert told == [True, False, True, False]

    @pytest.mark.parametrize("name", ["+", "#", "a/b", "+/x"])
    def test_a_name_widens_nothing(self, name: str) -> None:
        rules = Rules(("cmd/{user}/#",), {"user": name})
        for topic in ("cmd/a/go", "cmd/a/b/go", "cmd/x/go"):
            assert not rules.permits(topic)
        for asked in ("cmd/+/#", "cmd/#", "cmd/a/b/#", "cmd/a/#"):
            assert not rules.grants(compile_filter(asked))

    def test_a_name_with_a_slash_is_still_forbidden_what_is_forbidden(self) -> None:
        rules = Rules(("#", "!cmd/{user}/no"), {"user": "a/b"})
        assert not rules.permits("cmd/a/b/no")

    def test_without_rules_nothing_is_permitted(self) -> None:
        assert not Rules((), {}).permits("a")


class TestTree:
    def test_what_is_removed_leaves_nothing_behind(self) -> None:
        tree: Tree[str] = Tree()
        filters = ["a/b/c", "a/b", "a/+/#", "#"]
        for one in filters:
            assert tree.add("me", "", compile_filter(one), Subscription(Filter(one)))
            assert tree.add("me", "g", compile_filter(one), Subscription(Filter(one)))
            assert not tree.add("me", "", compile_filter(one), Subscription(Filter(one, 1)))
        assert tree.count == 8
        for one in filters:
            assert tree.remove("me", "", compile_filter(one))
            assert tree.remove("me", "g", compile_filter(one))
            assert not tree.remove("me", "", compile_filter(one))
        assert tree.count == 0
        assert tree._root.empty()

    def test_a_new_subscription_is_seen_where_none_was_remembered(self) -> None:
        tree: Tree[str] = Tree()
        assert tree.match("a") is None
        tree.add("me", "", compile_filter("a"), Subscription(Filter("a")))
        assert tree.match("a") is not None
        tree.remove("me", "", compile_filter("a"))
        assert tree.match("a") is None

    def test_what_is_remembered_has_a_bound(self) -> None:
        tree: Tree[str] = Tree()
        for n in range(20_000):
            tree.match(f"t/{n}")
        assert len(tree._remembered) <= 4096
