"""What witnesses of the hub's log told the hub."""

from core.events.witness import Refused
from tests.golden.samples.envelope import event

SAMPLES = (
    event(
        Refused(
            origin="hub.example/menwei",
            reason="inconsistent",
            size=70_000,
            known=69_871,
            detail="root: leads to another root of 69871 leaves",
        ),
        "witness/city",
        device="log",
        quality="gateway",
    ),
)
