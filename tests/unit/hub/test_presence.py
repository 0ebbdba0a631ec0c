"""Who is there, judged by the hub's clock: silence within a stated time, old wills without
effect, and few words however a gateway flaps."""

import pytest

from core.event import Event
from core.events.device import SessionClosed, SessionOpened
from core.trust import Gateway
from infra.hub.presence import _LATE, _PAUSE, LOOK, SILENT, Presences, State
from tests.fix_core import FixedClock

C, G = "c01", "gw01"
NAME = f"{C}/{G}"
GATEWAYS = [Gateway(compound=C, name=G, key="00" * 32)]
STATED = 45.0  # seconds in which a silent gateway is shown as silent


class Watch:
    """A hub that looks once a second at one gateway."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.said: list[Event] = []
        self.start()

    def start(self) -> None:
        self.presences = Presences(GATEWAYS, FixedClock(), self.now)

    def hears(self, state: State, *, retained: bool = False) -> None:
        assert self.presences.heard(C, G, state, self.now, retained=retained)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / LOOK)):
            self.now += LOOK
            self.said += self.presences.look(self.now)

    @property
    def live(self) -> bool | None:
        return self.presences.gateways().get(NAME)

    def words(self) -> list[tuple[str, int, str]]:
        found = []
        for event in self.said:
            data = event.data
            assert isinstance(data, SessionOpened | SessionClosed)
            assert event.source == f"/c/{C}/gw/hub/dev/uplink"
            assert event.subject == f"gateway/{G}"
            found.append((event.type.split(".")[2], data.boot, data.reason))
        return found


@pytest.fixture
def watch() -> Watch:
    return Watch()


def up(boot: int = 1, epoch: int = 5) -> State:
    return State(online=True, boot=boot, epoch=epoch)


def down(boot: int = 1, epoch: int = 5, reason: str = "") -> State:
    return State(online=False, boot=boot, epoch=epoch, reason=reason)


def test_a_gateway_that_beats_is_live(watch: Watch) -> None:
    for _ in range(30):
        watch.hears(up())
        watch.wait(10)
        assert watch.live is True
    assert watch.words() == [("opened", 1, "uplink-back")], "said once after the hub's start"


def test_one_that_stops_beating_is_silent_in_time_and_is_said_so_once(watch: Watch) -> None:
    watch.hears(up())
    watch.wait(SILENT - 1)
    assert watch.live is True, "beats may be late"
    watch.wait(STATED - SILENT)
    assert watch.live is False
    watch.wait(600)
    assert watch.words()[1:] == [("closed", 1, "silent")]
    watch.hears(up())
    watch.wait(2)
    assert watch.live is True
    assert watch.words()[2:] == [("opened", 1, "uplink-back")]


def test_a_will_is_believed_at_once(watch: Watch) -> None:
    watch.hears(up())
    watch.wait(20)
    watch.hears(down())
    assert watch.live is False
    watch.wait(2)
    assert watch.words()[1:] == [("closed", 1, "uplink-lost")]
    watch.wait(100)
    assert len(watch.words()) == 2, "it is not silent as well"


def test_a_good_bye_is_the_gateways_own_to_tell(watch: Watch) -> None:
    watch.hears(up())
    watch.wait(20)
    watch.hears(down(reason="stop"))
    assert watch.live is False
    watch.wait(100)
    watch.hears(up(boot=2))
    watch.wait(2)
    assert watch.live is True
    assert watch.words() == [("opened", 1, "uplink-back")]


@pytest.mark.parametrize("old", [down(boot=1, epoch=5), down(boot=99, epoch=4), down(0, 0)])
def test_an_old_will_does_not_end_a_newer_session(old: State, watch: Watch) -> None:
    """Older by epoch, whatever its boot; or by boot within one epoch."""
    watch.hears(up(boot=2, epoch=5))
    watch.wait(2)
    for retained in (False, True):
        watch.hears(old, retained=retained)
        watch.wait(2)
        assert watch.live is True
    assert [kind for kind, *_ in watch.words()] == ["opened"]


def test_the_will_of_a_new_epochs_first_boot_ends_it(watch: Watch) -> None:
    watch.hears(up(boot=7, epoch=5))
    watch.hears(up(boot=1, epoch=6))
    watch.wait(20)
    watch.hears(down(boot=1, epoch=6))
    watch.wait(2)
    assert watch.live is False
    assert watch.words()[-1] == ("closed", 1, "uplink-lost")
    assert watch.said[-1].data.native == {"epoch": 6}


def test_what_the_broker_retained_is_no_sign_of_life(watch: Watch) -> None:
    """The hub was restarted and the gateway died meanwhile: stale, not live."""
    watch.hears(up(boot=3), retained=True)
    watch.wait(10)
    assert watch.live is None, "not known yet"
    watch.wait(STATED - 10)
    assert watch.live is False
    assert watch.words() == [("closed", 3, "silent")]


def test_a_gateway_never_heard_of_is_silent(watch: Watch) -> None:
    watch.wait(STATED)
    assert watch.live is False
    assert watch.words() == [("closed", 0, "silent")]


def test_a_retained_will_is_true(watch: Watch) -> None:
    watch.hears(down(boot=3), retained=True)
    assert watch.live is False
    watch.wait(2)
    assert watch.words() == [("closed", 3, "uplink-lost")]


def test_a_hub_restarted_beside_a_live_gateway_says_that_it_is_there(watch: Watch) -> None:
    watch.hears(up())
    watch.wait(40)
    watch.start()
    watch.hears(up(), retained=True)
    watch.wait(5)
    watch.hears(up())
    watch.wait(2)
    assert watch.live is True
    assert watch.words()[-1] == ("opened", 1, "uplink-back")


def test_flapping_is_not_told_each_time(watch: Watch) -> None:
    for _ in range(600):
        watch.hears(down())
        watch.hears(up())
        watch.wait(1)
        watch.hears(down())
        watch.wait(1)
    assert len(watch.said) <= 1200 / _PAUSE + 1


def test_the_last_state_is_told_when_the_flapping_ends(watch: Watch) -> None:
    watch.hears(up())
    watch.wait(1)
    for state in (down(), up(), down()):
        watch.hears(state)
        watch.wait(1)
    watch.wait(_PAUSE)
    assert watch.words()[-1][0] == "closed"
    assert watch.live is False


def test_a_hub_that_stood_still_does_not_blame_the_gateways(watch: Watch) -> None:
    """Suspended for an hour: messages wait in the socket, unread."""
    watch.hears(up())
    watch.wait(2)
    watch.now += 3600
    watch.said += watch.presences.look(watch.now)
    assert watch.live is True
    watch.wait(SILENT + 2)
    assert watch.live is False
    assert 2 * LOOK < _LATE < SILENT


def test_strangers_are_not_judged(watch: Watch) -> None:
    assert not watch.presences.heard("c99", "gw01", up(), watch.now, retained=False)
    assert watch.presences.gateways() == {}


def test_the_stated_time_holds() -> None:
    """A look, a commit and a screen's beat come on top."""
    assert SILENT + LOOK + 5 <= STATED
