from core.events.alarm import Acknowledged
from tests.golden.samples.envelope import event

SAMPLES = (
    event(
        Acknowledged(alarm="door-forced:door/1:door-1:1001", actor="guard-2", note="关门，无异常"),
        "alarm/door-forced",
        device="console",
        origin="manual",
    ),
)
