"""How quickly alarms are raised, as Prometheus reads it."""

from tests.unit.web.conftest import Caller


def test_the_histogram_of_responses(caller: Caller) -> None:
    for seconds in (0.04, 1.5, 2.5):
        caller.rig.desk.responses.observe(1, seconds)
    caller.rig.desk.responses.observe(3, 0.2)
    lines = caller.get("/metrics").text.splitlines()
    name = "menwei_alarm_response_seconds"
    assert f'{name}_bucket{{le="0.05",priority="1"}} 1.0' in lines
    assert f'{name}_bucket{{le="2.0",priority="1"}} 2.0' in lines
    assert f'{name}_bucket{{le="+Inf",priority="1"}} 3.0' in lines
    assert f'{name}_count{{priority="1"}} 3.0' in lines
    assert f'{name}_sum{{priority="1"}} 4.04' in lines
    assert f'{name}_count{{priority="3"}} 1.0' in lines
