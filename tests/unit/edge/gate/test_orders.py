"""Orders of people: obeyed once and in time, answered in any case."""

from datetime import timedelta

import msgspec
import pytest

from core.command import Verb
from core.events.access import AntipassbackReset, Denied, Granted, ScreeningReleased
from core.events.door import ModeChanged
from core.events.policy import CommandDone
from core.site import Screening
from edge.gate.items import Order
from tests.fix_core import START
from tests.fix_gate import RESIDENT, SITE, GateRig, document, fact, order, request


def outcomes(rig: GateRig) -> list[str]:
    found = [event.data for event in rig.events(CommandDone.TYPE)]
    return [one.outcome for one in found if isinstance(one, CommandDone)]


def test_open(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(order("open"))
    (granted,) = rig.events("access.granted.v1")
    assert isinstance(granted.data, Granted)
    assert (granted.data.credential, granted.subject) == ("remote", "door/south-gate")
    assert granted.causationid == granted.data.request == "hub:command:1"
    (done,) = rig.events(CommandDone.TYPE)
    assert done.data == CommandDone(command="hub:command:1", verb="open", outcome="obeyed")
    assert [one.topic for one in rig.said] == ["cmd/south-gate/open"]
    rig.ask(fact("door.opened.v1", 1))
    rig.tick(seconds=5)
    assert not rig.events("door.forced.v1")


def test_the_door_hears_by_the_client_that_speaks_for_it(rig: GateRig) -> None:
    doors = {
        **SITE.doors,
        "south-gate": msgspec.structs.replace(SITE.doors["south-gate"], device="reader-1"),
    }
    rig.ask(document(site=msgspec.structs.replace(SITE, doors=doors)))
    one = rig.delivery(fact("door.closed.v1", 1))
    rig.intake.take([msgspec.structs.replace(one, client="panel-7")])
    rig.ask(order("open"))
    assert [one.topic for one in rig.said] == ["cmd/panel-7/open"]
    assert rig.words()[0]["device"] == "reader-1"


def test_the_same_order_again_is_not_obeyed_again(rig: GateRig) -> None:
    rig.ask(order("open"), order("open"))
    rig.ask(order("open"))
    rig.reopen()
    rig.ask(order("open"))
    assert outcomes(rig) == ["obeyed"]
    assert len(rig.said) == 1


def test_late(rig: GateRig) -> None:
    rig.clock.move(timedelta(seconds=11))
    rig.ask(order("open"), order("open"))
    assert outcomes(rig) == ["late"]
    assert not rig.said


def test_not_the_hubs(rig: GateRig) -> None:
    """Nobody is answered, and it is told of once a minute."""
    for number in range(50):
        frame = order("open", number=number).frame.replace(b'"sig":"', b'"sig":"00')
        rig.ask(Order("open", frame))
    assert outcomes(rig) == ["malformed"] or outcomes(rig) == ["forged"]
    rig.clock.move(timedelta(seconds=61))
    rig.ask(Order("open", b"?"))
    assert len(outcomes(rig)) == 2
    assert not rig.said


def test_for_somebody_else(rig: GateRig) -> None:
    rig.ask(order("open", compound="other"), order("open", number=2, gateway="other"))
    assert outcomes(rig) == ["elsewhere"]
    assert not rig.said


def test_signed_for_another_topic(rig: GateRig) -> None:
    rig.ask(Order("reset", order("open").frame))
    assert outcomes(rig) == ["malformed"]
    assert not rig.said


@pytest.mark.parametrize(
    ("verb", "target", "args", "outcome"),
    [
        ("open", "camera/1", {}, "unknown"),
        ("mode", "door/south-gate", {"mode": "ajar"}, "refused"),
        ("mode", "door/south-gate", {}, "refused"),
        ("release", "door/south-gate", {"outcome": "admitted"}, "unknown"),
        ("release", "door/south-gate", {"outcome": "forgotten"}, "refused"),
    ],
)
def test_what_cannot_be_done(
    rig: GateRig, verb: Verb, target: str, args: dict[str, str], outcome: str
) -> None:
    rig.ask(order(verb, target, args=args))
    assert outcomes(rig) == [outcome]
    assert not rig.said


@pytest.mark.parametrize(
    ("verb", "target", "args"),
    [
        ("open", "door/nowhere", {}),
        ("mode", "door/nowhere", {"mode": "blocked"}),
        ("reset", "area/nowhere", {"area": "nowhere"}),
    ],
)
def test_of_a_place_the_policy_does_not_know(
    rig: GateRig, verb: Verb, target: str, args: dict[str, str]
) -> None:
    rig.ask(document(), order(verb, target, args=args))
    assert outcomes(rig) == ["unknown"]
    assert not rig.said
    assert not rig.events("access.granted.v1", ModeChanged.TYPE, AntipassbackReset.TYPE)


def test_mode(rig: GateRig) -> None:
    rig.ask(document(), order("mode", args={"mode": "locked-down"}))
    (changed,) = rig.events(ModeChanged.TYPE)
    assert isinstance(changed.data, ModeChanged)
    assert changed.data.mode == "locked-down"
    assert [one["mode"] for one in rig.words()] == ["locked-down"]
    rig.reopen()
    rig.ask(request(1))
    (denied,) = rig.events(Denied.TYPE)
    assert isinstance(denied.data, Denied)
    assert denied.data.reason == "door-mode"


@pytest.mark.parametrize("args", [{"ref": RESIDENT}, {"area": "compound"}, {}])
def test_reset(rig: GateRig, args: dict[str, str]) -> None:
    rig.ask(document())
    rig.ask(request(1))
    rig.ask(order("reset", "", args=args))
    (reset,) = rig.events(AntipassbackReset.TYPE)
    assert reset.data == AntipassbackReset(
        subject_ref=args.get("ref", ""), area=args.get("area", ""), command="hub:command:1"
    )
    rig.reopen()
    rig.ask(request(2))
    assert len(rig.events("access.granted.v1")) == 2


class TestScreening:
    SITE = msgspec.structs.replace(SITE, screening=Screening(enabled=True))

    def measure(self, rig: GateRig, record: int, celsius: float, *, abnormal: bool = False) -> None:
        told = {"temperatureCel": celsius, "abnormal": abnormal}
        rig.ask(fact("access.temperature.measured.v1", record, data=told, at=rig.clock.now()))

    def test_off_unless_somebody_turned_it_on(self, rig: GateRig) -> None:
        rig.ask(document())
        self.measure(rig, 1, 41.0, abnormal=True)
        assert not rig.events("access.screening.held.v1")

    @pytest.mark.parametrize(
        ("celsius", "abnormal", "held"), [(37.3, False, 0), (37.4, False, 1), (36.0, True, 1)]
    )
    def test_held(self, rig: GateRig, celsius: float, abnormal: bool, held: int) -> None:
        rig.ask(document(site=self.SITE))
        self.measure(rig, 1, celsius, abnormal=abnormal)
        assert len(rig.events("access.screening.held.v1")) == held

    def test_one_chain_from_measurement_to_release(self, rig: GateRig) -> None:
        rig.ask(document(site=self.SITE))
        self.measure(rig, 1, 38.2)
        self.measure(rig, 2, 38.3)  # of the same person: one hold
        rig.reopen()
        rig.ask(request(3))
        rig.ask(order("release", args={"outcome": "admitted"}))
        rig.ask(request(4))
        held, released = rig.events("access.screening.held.v1", "access.screening.released.v1")
        assert held.correlationid == released.correlationid == "reader-1-1"
        assert released.data == ScreeningReleased(
            measured="reader-1-1", outcome="admitted", actor="chief", command="hub:command:1"
        )
        denied, granted = rig.events("access.denied.v1", "access.granted.v1")
        assert isinstance(denied.data, Denied)
        assert denied.data.reason == "screening"
        assert granted.type == "access.granted.v1"
        assert outcomes(rig) == ["obeyed"]

    def test_a_release_of_another_measurement_releases_nobody(self, rig: GateRig) -> None:
        rig.ask(document(site=self.SITE))
        self.measure(rig, 1, 38.2)
        args = {"outcome": "admitted", "measured": "of somebody before"}
        rig.ask(order("release", args=args))
        assert outcomes(rig) == ["unknown"]
        assert not rig.events("access.screening.released.v1")
        rig.ask(order("release", number=2, args={**args, "measured": "reader-1-1"}))
        assert outcomes(rig) == ["unknown", "obeyed"]

    def test_it_ends_by_itself_at_its_own_second(self, rig: GateRig) -> None:
        rig.ask(document(site=self.SITE))
        self.measure(rig, 1, 38.2)
        assert rig.gate.next_due == START + timedelta(seconds=1800)
        rig.reopen()
        rig.tick(seconds=4000)
        (released,) = rig.events("access.screening.released.v1")
        assert isinstance(released.data, ScreeningReleased)
        assert released.data.outcome == "expired"
        assert released.time == "2026-11-21T08:30:00.000Z"

    def test_a_forged_release_releases_nobody(self, rig: GateRig) -> None:
        rig.ask(document(site=self.SITE))
        self.measure(rig, 1, 38.2)
        one = order("release", args={"outcome": "admitted"})
        rig.ask(Order("release", one.frame.replace(b'"sig":"', b'"sig":"f')))
        assert not rig.events("access.screening.released.v1")
