"""The made-up property office's file is one a hub takes without a word."""

import pytest

from infra.hub.policy_source import compiled
from infra.simulate.compound import FIRE_LANE, Compound
from infra.simulate.policy import policy_of
from projections.web.middleware import MAX_POLICY
from tests.fix_core import START


@pytest.mark.parametrize(("seed", "name"), [(1, "c01"), (2, "c01"), (7, "c32")])
def test_every_compounds_policy_can_be_published(seed: int, name: str) -> None:
    compound = Compound(seed, name)
    text = policy_of(compound)
    made = compiled(text, name, "", b"k" * 32, START)
    assert made.warnings == ()
    people = compound.people
    assert len(made.policy.persons) == len(people.residents) + len(people.staff)
    assert len(made.policy.plates) == 4 + sum(bool(one.plate) for one in people.residents)
    assert len(text.encode()) < MAX_POLICY
    camera, zone = FIRE_LANE
    assert zone in made.policy.site.cameras[camera].zones
    assert zone in next(one for one in compound.cameras if one.device == camera).zones
