"""What left the house as evidence."""

from core.events.audit import Exported
from tests.golden.samples.envelope import event

SAMPLES = (
    event(
        Exported(
            from_position=1, to_position=4711, actor="auditor-1", reason="police-request",
            compound="jinxiu", types=("access.", "door."), unit="房山分局",
        ),
        "log", device="console", quality="gateway", origin="manual",
    ),
)  # fmt: skip
