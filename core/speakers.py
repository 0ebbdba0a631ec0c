"""Which types are a device's own to say. What gateway, hub or people judge - sessions, refusals,
gaps, clocks, alarms, decisions about a policy - is theirs: a device that could write it could
silence or fake it."""

from core.events.access import AntipassbackReset, ConflictFound, ScreeningHeld, ScreeningReleased
from core.events.camera import RegionOccupied, RegionVacated
from core.events.custody import CatchUpDispatched, LedgerExported
from core.events.device import ConditionChanged, Connected, Lost, Tampered
from core.events.door import Contradicted
from core.events.provisioning import ZonesDrawn

_OBSERVED = frozenset({"access", "door", "gate", "camera", "waste", "vehicle"})
# Of what they observe, these are the gateway's conclusions (edge.watch, edge.gate) and people's
# acts.
_CONCLUDED = frozenset(
    one.TYPE
    for one in (
        ConflictFound, AntipassbackReset, ScreeningHeld, ScreeningReleased, Contradicted,
        RegionOccupied, RegionVacated, CatchUpDispatched, LedgerExported, ZonesDrawn,
    )
)  # fmt: skip
# Of `device` only these are a device's own words, whatever types come later.
_OF_ITSELF = frozenset({Connected.TYPE, Lost.TYPE, Tampered.TYPE, ConditionChanged.TYPE})


def of_devices(name: str) -> bool:
    """`name`: a stored type name."""
    observed = name.partition(".")[0] in _OBSERVED and name not in _CONCLUDED
    return observed or name in _OF_ITSELF
