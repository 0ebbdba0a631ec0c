"""The layout, and the edge configuration that goes with it."""

from infra.simulate.compound import Compound, known_devices
from tests.unit.simulate.conftest import Day


def test_a_compound_has_what_it_says(compound: Compound) -> None:
    assert [doorway.device for doorway in compound.entrances] == [
        "gate-south", "gate-north", "gate-east",
    ]  # fmt: skip
    assert [doorway.device for doorway in compound.doors] == [f"door-b{n}" for n in range(1, 9)]
    assert [camera.device for camera in compound.cameras] == [f"cam-0{n}" for n in range(1, 7)]
    assert len({each.device for each in compound.bins}) == 16
    assert "bin-a03-food" in {each.device for each in compound.bins}
    for values in (
        [doorway.mac for doorway in (*compound.entrances, *compound.doors)],
        [each.dev_eui for each in compound.bins],
        [each.tag for each in compound.bins],
    ):
        assert len(set(values)) == len(values)


def test_addresses_depend_on_seed_and_compound_only() -> None:
    def macs(seed: int, name: str) -> tuple[str, ...]:
        return tuple(doorway.mac for doorway in Compound(seed, name).entrances)

    assert macs(1, "c01") == macs(1, "c01")
    assert len({macs(1, "c01"), macs(2, "c01"), macs(1, "c02")}) == 3


def test_every_vendor_device_on_the_wire_is_in_the_configuration(
    day: Day, compound: Compound
) -> None:
    known = known_devices(compound)
    wire = {
        said.topic.split("/")[-2]
        for said in day.said
        if said.topic.startswith(("hikvision/", "v3/", "tele/"))
    } | {camera for life in day.tracks.values() for _, camera, _ in life}
    assert wire == known.keys()
    mac = compound.entrances[0].mac.replace(":", "")
    assert (known[mac].name, known[mac].role) == ("gate-south", "door")
    assert known["truck-01-reader"].role == "bin"
    assert known["bin-a01-food"].subject == "bin/bin-a01-food"


def test_names_in_the_configuration_are_unique(compound: Compound) -> None:
    names = [known.name for known in known_devices(compound).values()]
    assert len(set(names)) == len(names)
