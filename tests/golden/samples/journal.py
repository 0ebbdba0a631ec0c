from core.events.journal import (
    Conflicted,
    DamageFound,
    EpochChanged,
    GapDeclared,
    Opened,
    Tail,
)
from core.events.log import SUBJECT, Diverged, Renewed
from tests.golden.samples.envelope import event

GATEWAY = "gateway/gw-1"

SAMPLES = (
    event(
        Opened(
            epoch=1795276800,
            reason="damaged",
            detail="hash of batch 17 differs",
            tails=(
                Tail(epoch=1763740800, lane=1, number=4711, hash="ab" * 32),
                Tail(epoch=1763740800, lane=2, number=0, hash=""),
            ),
        ),
        GATEWAY,
        device="gw-1",
        quality="gateway",
    ),
    event(
        GapDeclared(
            reason="disk",
            lane=2,
            count=120,
            kinds={"camera.motion.started.v1": 100, "waste.bin.level.measured.v1": 20},
            since="2026-11-21T07:00:00.000Z",
            until="2026-11-21T08:00:00.000Z",
            epoch=1763740800,
            from_batch=17,
            to_batch=19,
        ),
        GATEWAY,
        device="gw-1",
        quality="gateway",
    ),
    event(
        DamageFound(
            epoch=1763740800,
            file="journal.db",
            detail="batch 17: hash differs",
            lane=2,
            from_batch=17,
            to_batch=19,
        ),
        GATEWAY,
        device="gw-1",
        quality="gateway",
    ),
    event(
        Conflicted(
            record_id="door-1:1001",
            record_type="door.opened.v1",
            record_time="2026-11-21T16:00:00.000+08:00",
            said={"cause": "button", "native": {"serialNo": 1001}},
        ),
        "device/door-1",
        quality="gateway",
    ),
    event(
        EpochChanged(previous=1763740800, epoch=1795276800, declared=True, reason="damaged"),
        GATEWAY,
        device="ingest",
        quality="gateway",
    ),
    event(
        Diverged(
            origin="menwei/cd0c6a4b4f9cbbff",
            size=70_000,
            what="leaf",
            position=69_117,
            detail=f"the batch stored there has the hash {'ab' * 32}, signed was {'cd' * 32}",
        ),
        SUBJECT,
        device="log",
        quality="gateway",
    ),
    event(
        Renewed(
            origin="menwei/cd0c6a4b4f9cbbff/2",
            reason="restored from the backup of Friday",
            previous="menwei/cd0c6a4b4f9cbbff\n70000\nq6urq6s=\n\n"
            "— menwei/cd0c6a4b4f9cbbff q6urq6s=\n",
        ),
        SUBJECT,
        device="log",
        quality="gateway",
    ),
)
