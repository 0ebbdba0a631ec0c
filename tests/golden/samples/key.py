from core.events.journal import Opened, Tail
from core.events.key import Enrolled, Revoked, Rotated
from tests.golden.samples.envelope import event

GATEWAY = "gateway/gw-1"
TAIL = Tail(epoch=1763740800, lane=2, number=17, hash="cd" * 32)

SAMPLES = (
    event(
        Enrolled(
            role="gateway",
            key="aa" * 32,
            compound="jinxiu",
            gateway="gw-1",
            actor="hub.toml",
            since=1,
            reason="named in hub.toml",
        ),
        GATEWAY,
        device="keys",
        quality="gateway",
    ),
    event(
        Rotated(
            role="gateway",
            old="aa" * 32,
            new="bb" * 32,
            compound="jinxiu",
            gateway="gw-1",
            actor="shell",
            proof="0d" * 64,
            consent="0c" * 64,
            tails=(TAIL,),
        ),
        GATEWAY,
        device="gw-1",
        quality="gateway",
    ),
    event(
        Revoked(
            role="gateway",
            key="bb" * 32,
            reason="stolen",
            actor="admin",
            compound="jinxiu",
            gateway="gw-1",
        ),
        GATEWAY,
        device="keys",
        quality="gateway",
    ),
)

LATER = {
    "journal.opened.v1+key": event(
        Opened(
            epoch=1795276800,
            reason="rotated",
            tails=(Tail(epoch=1763740800, lane=1, number=4711, hash="ab" * 32, key="aa" * 32),),
        ),
        GATEWAY,
        device="gw-1",
        quality="gateway",
    ),
}
