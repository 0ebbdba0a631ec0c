"""What a gateway says of the hub's log."""

from core.event import Data, Event
from core.events.logproof import Proven, Refused, Trusted, Unproven
from tests.golden.samples.envelope import event


def _own(data: Data) -> Event:
    return event(data, "gateway/gw-1", device="gw-1", quality="gateway")


SAMPLES = (
    _own(
        Refused(
            reason="forked",
            origin="menwei/0a1b2c3d4e5f6071",
            known_size=4711,
            known_root="ab" * 32,
            told_size=4711,
            told_root="cd" * 32,
            epoch=1763740800,
            lane=1,
            batch=17,
            position=4700,
            evidence="fork-20261121T080000Z.json",
        )
    ),
    _own(
        Trusted(
            reason="origin",
            detail="hub restored from the backup of Friday",
            origin="menwei/0a1b2c3d4e5f6071/2",
            known_size=4711,
            known_root="ab" * 32,
            trusted_size=12,
            trusted_root="cd" * 32,
        )
    ),
    _own(Unproven(epoch=1763740800, lane=1, batch=17, proven=12, known_size=4711, within_s=900.0)),
    _own(Proven(known_size=4800)),
)
