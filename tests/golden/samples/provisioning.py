"""What people do at a gateway."""

from core.event import Data, Event
from core.events.provisioning import Provisioned, RawViewed, Removed, Replayed, ZonesDrawn
from tests.golden.samples.envelope import event


def _own(data: Data, subject: str) -> Event:
    return event(data, subject, device="gw-1", quality="gateway")


SAMPLES = (
    _own(
        Provisioned(
            device="025e10aa0007", actor="admin", kind="hikvision", called="south-gate",
            role="door", about="door/south-gate", zone="Asia/Shanghai", again=True,
        ),
        "device/025e10aa0007",
    ),
    _own(Removed(device="025e10aa0007", actor="admin"), "device/025e10aa0007"),
    _own(
        Replayed(actor="admin", count=12, became=11, still=1, reason="shape", adapter="rfid"),
        "gateway/gw-1",
    ),
    _own(
        RawViewed(
            actor="admin", what="quarantine", device="bin-a03", bytes=731, rawsha256="5f" * 32
        ),
        "device/bin-a03",
    ),
    _own(ZonesDrawn(camera="south-gate", actor="admin", sha256="5f" * 32), "camera/south-gate"),
)  # fmt: skip
LATER = {
    "device.provisioned.v1+asked": _own(
        Provisioned(
            device="025e10aa0007", actor="admin", kind="hikvision", called="south-gate",
            asked=True, secret=True,
        ),
        "device/025e10aa0007",
    ),
}  # fmt: skip
