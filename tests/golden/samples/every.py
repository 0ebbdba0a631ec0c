"""All samples by their stored type name. A type retired from the catalogue keeps its file and
gives up its sample: what its file must decode to then stands in RETIRED."""

from core.event import Event
from tests.golden.samples import (
    access,
    alarm,
    audit,
    camera,
    device,
    district,
    door,
    drawn,
    handoff,
    journal,
    key,
    life,
    logproof,
    media,
    provisioning,
    vehicle,
    waste,
    witness,
)

_ALL: tuple[Event, ...] = (
    *access.SAMPLES,
    *door.SAMPLES,
    *camera.SAMPLES,
    *waste.SAMPLES,
    *vehicle.SAMPLES,
    *device.SAMPLES,
    *handoff.SAMPLES,
    *alarm.SAMPLES,
    *journal.SAMPLES,
    *key.SAMPLES,
    *life.SAMPLES,
    *logproof.SAMPLES,
    *media.SAMPLES,
    *provisioning.SAMPLES,
    *district.SAMPLES,
    *audit.SAMPLES,
    *witness.SAMPLES,
)
SAMPLES = {sample.type: sample for sample in _ALL}
assert len(SAMPLES) == len(_ALL), "a type has two samples"
# A released type's fields of later years: "type+what" → a sample that uses them.
LATER: dict[str, Event] = {
    **access.LATER,
    **device.LATER,
    **district.LATER,
    **door.LATER,
    **drawn.LATER,
    **key.LATER,
    **provisioning.LATER,
    **waste.LATER,
}

# Old stored name → the newest version's event that its golden file is upcast to.
RETIRED: dict[str, Event] = {}
