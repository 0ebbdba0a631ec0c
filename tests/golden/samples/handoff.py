"""What was handed on to another authority's library."""

from core.events.handoff import Delivered, Failed
from tests.golden.samples.envelope import event

FACTS = {
    "target": "bureau",
    "object": "MotorVehicle",
    "info_ids": ("340200000011900000010220261121160000004210200000",),
    "count": 1,
    "events": ("gate-1:1001",),
    "from_position": 421,
    "to_position": 421,
    "basis": "Order 799 art. 20",
    "personal": True,
}
SAMPLES = (
    event(
        Delivered(**FACTS, status_code=0),  # type: ignore[arg-type]
        "handoff/bureau",
        device="handoff",
    ),
    event(
        Failed(**FACTS, status_code=8, reason="refused", said="Invalid JSON Content", final=True),  # type: ignore[arg-type]
        "handoff/bureau",
        device="handoff",
    ),
)
