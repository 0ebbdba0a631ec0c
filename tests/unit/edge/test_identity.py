"""Ids of one device that count stand side by side, and no two ids share a key."""

import itertools

import pytest

from edge.identity import KEY, Identity

SOURCE = "/c/c01/gw/gw01/dev/door-07"
IDS = (
    "", "door", "door-7", "door-07", "door-007", "door-8", "7", "07", "door-7-", "door-7a",
    "999999999999999", "1999999999999999", "01999999999999999", "door-20261121080000000123456",
    "door-20261121080000000123457", "door-٣", "door-7\n", "-", "0", "00",
)  # fmt: skip


@pytest.fixture
def identity() -> Identity:
    return Identity(b"k" * 32)


def test_no_two_ids_share_a_key(identity: Identity) -> None:
    names = list(itertools.product((SOURCE, f"{SOURCE}#x"), IDS))
    keys = {identity.key(source, name) for source, name in names}
    assert len(keys) == len(names)
    assert {len(key) for key in keys} == {KEY}


def test_a_key_stays_what_it_is(identity: Identity) -> None:
    first = [identity.key(SOURCE, name) for name in IDS]
    assert [identity.key(SOURCE, name) for name in IDS] == first
    assert [Identity(b"k" * 32).key(SOURCE, name) for name in IDS] == first
    assert not set(first) & {Identity(b"l" * 32).key(SOURCE, name) for name in IDS}


@pytest.mark.parametrize("stem", ["door-07-", "", "door-2026112108000000-", "门-"])
def test_numbers_that_follow_each_other_do_so_as_keys(identity: Identity, stem: str) -> None:
    keys = [identity.key(SOURCE, f"{stem}{number:06}") for number in range(1000)]
    assert keys == sorted(keys)
    assert len({key[:8] for key in keys}) == 1


def test_more_devices_than_are_remembered(identity: Identity) -> None:
    before = identity.key(SOURCE, "door-07-1")
    for number in range(10_001):
        identity.key(f"{SOURCE}{number}", "1")
    assert len(identity._stems) <= 10_000
    assert identity.key(SOURCE, "door-07-1") == before
