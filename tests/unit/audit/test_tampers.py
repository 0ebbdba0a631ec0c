"""The campaign of tampered packs, its short form. `make faults` runs 100,000."""

import pytest

from tests.tampers import kinds
from tests.tampers.kinds import ATTACKS
from tests.tampers.verdict import BARE, POLICY, TRUSTED, found, tampered, wrong
from tests.tampers.world import WORLDS, world

_EACH = 44  # of every kind; about 2,000 in all


@pytest.mark.parametrize("kind", range(len(ATTACKS)), ids=[one.__name__ for one in ATTACKS])
def test_it_is_found_in_its_place(kind: int, seed: int) -> None:
    numbers = range(kind, kind + _EACH * len(ATTACKS), len(ATTACKS))
    assert [said for one in numbers if (said := kinds.trial(one, seed))] == []


@pytest.mark.parametrize("extra", WORLDS)
@pytest.mark.parametrize("mode", [BARE, POLICY])
def test_what_is_honest_holds(extra: int, mode: str) -> None:
    whole = tampered(world(extra).files, "")
    assert found(whole.raw, mode) is None


def test_a_kept_checkpoint_is_continued() -> None:
    assert found(tampered(world().files, "").raw, TRUSTED) is None


def test_a_filtered_pack_holds() -> None:
    assert found(tampered(world(0, ("door.",)).files, "").raw, POLICY) is None


def test_the_campaign_sees_what_is_not_found() -> None:
    """An honest pack that is called tampered is a failure of the verifier, and counted as one."""
    assert wrong(tampered(world().files, "leaf", position=3)) == "not found"


def test_the_campaign_sees_a_wrong_place() -> None:
    files = {**world().files, "README.md": b"x"}
    del files["tiles/tile/0/000.p/20"]
    assert wrong(tampered(files, "missing", file="frames")).startswith("missing: ")


def test_the_campaign_sees_a_control_that_is_not_blind() -> None:
    files = {name: one for name, one in world().files.items() if name != "checkpoint"}
    made = tampered(files, "missing", POLICY, blind=True, file="checkpoint")
    assert wrong(made).startswith("the control sees it too")
