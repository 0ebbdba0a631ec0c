"""The watch, whatever happens and in whatever order: a restart is none, looking more often changes
nothing, late facts raise nothing, and nothing is said that nothing led to."""

from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.event import Data
from core.events import access, camera, device, door
from core.site import Camera, Door, Site, Zone
from edge.watch.watch import Fact, Said, Watch
from tests.fix_core import START
from tests.unit.edge.watch.story import stored

SITE = Site(
    doors={
        "a": Door(open_s=20, prealarm_s=5, grant_s=6),
        "b": Door(open_s=9, prealarm_s=0, grant_s=4, counts=True),
        "c": Door(forced=False),
    },
    cameras={"a": Camera(zones={"z": Zone(limit_s=15, labels=())})},
    expect_s={"a": 25.0},
)
DATA: list[Data] = [
    door.Opened(), door.Opened(cause="grant"), door.Closed(), door.Forced(), door.HeldOpen(),
    door.Unlocked(), door.Locked(), door.ModeChanged(mode="locked-open"),
    door.ModeChanged(mode="locked"), door.FireReleased(), door.FireEnded(),
    door.StateReported(physical="open"), door.StateReported(physical="closed"),
    door.StateReported(physical="closed", alarm="heldopen"),
    door.PassageCounted(direction="in"), door.PassageCounted(count=2), door.Tailgated(),
    access.Granted(credential="card", direction="in"), access.Granted(subject_ref="s:a"),
    access.Taken(subject_ref="s:a"), access.NotTaken(), access.Denied(),
    camera.RegionEntered(zone="z", track_id="1"), camera.RegionEntered(zone="z", track_id="2"),
    camera.RegionLeft(zone="z", track_id="1"), camera.MotionEnded(track_id="2"),
    device.Lost(), device.Connected(),
]  # fmt: skip
SESSIONS = ("connected", "will", "disconnected")


class Happens(msgspec.Struct, frozen=True):
    """`after` the one before, in tenths of a second."""

    after: int
    what: int  # index into DATA; beyond it a session, or a heartbeat
    of: str
    live: bool
    late: int = 0  # seconds, of the device's time


@st.composite
def happenings(draw: st.DrawFn) -> Happens:
    live = draw(st.booleans() | st.just(value=True))
    return Happens(
        after=draw(st.sampled_from((0, 1, 5, 10, 20, 40, 60, 150, 300))),
        what=draw(st.integers(0, len(DATA) + len(SESSIONS))),
        of=draw(st.sampled_from("aabc")),
        live=live,
        late=0 if live else draw(st.sampled_from((1, 7, 3600))),
    )


stories = st.lists(happenings(), max_size=40)


class Told:
    """A watch and what it said; the step that was seen last, for who looks at each."""

    def __init__(self) -> None:
        self.watch = Watch(SITE, START)
        self.now = START
        self.said: list[Said] = []
        self.rows: dict[str, bytes] = {}

    def until(self, now: int) -> None:
        self.now = START + timedelta(seconds=now / 10)

    def see(self, number: int, one: Happens) -> list[Said]:
        if one.what < len(DATA):
            data = DATA[one.what]
            kind = "camera" if isinstance(data, (camera.RegionEntered, camera.RegionLeft,
                                                 camera.MotionEnded)) else "door"  # fmt: skip
            said = self.watch.see(
                Fact(
                    data=data, subject=f"{kind}/{one.of}", device=one.of, id=f"f{number}",
                    at=self.now - timedelta(seconds=one.late), now=self.now, live=one.live,
                    direct=one.live,
                    message=number,
                )
            )  # fmt: skip
        elif one.what < len(DATA) + len(SESSIONS):
            session = one.what - len(DATA)
            said = self.watch.connection(one.of, SESSIONS[session], self.now)  # type: ignore[arg-type]
        else:
            said = self.watch.heard(one.of, self.now)
        self.said += said
        return list(said)


def told(story: list[Happens], *, each: int = 0, restart: int = -1) -> list[Said]:
    """All of it, `each` so many tenths of a second looked at, begun anew behind one step."""
    teller, now = Told(), 0
    for number, one in enumerate([*story, Happens(after=100_000, what=21, of="c", live=True)]):
        for tick in range(now + each, now + one.after, each) if each else ():
            teller.until(tick)
            teller.said += teller.watch.tick(teller.now)
            if tick - now > 2_000:
                break
        now += one.after
        teller.until(now)
        teller.see(number, one)
        if number == restart:
            teller.watch = Watch(SITE, teller.now, stored(teller.watch, teller.rows))
        elif restart >= 0:
            stored(teller.watch, teller.rows)
    return teller.said


@settings(max_examples=150, deadline=None)
@given(stories, st.sampled_from((1, 3, 10, 70)))
def test_looking_more_often_changes_nothing(story: list[Happens], each: int) -> None:
    assert told(story, each=each) == told(story)


@settings(max_examples=150, deadline=None)
@given(stories, st.integers(0, 40))
def test_a_restart_is_none(story: list[Happens], at: int) -> None:
    assert told(story, restart=at) == told(story)


@settings(max_examples=150, deadline=None)
@given(stories)
def test_every_word_has_its_cause(story: list[Happens]) -> None:
    """Held and forced doors name their opening, grants not taken their grant, once each."""
    led: dict[str, type[Data] | tuple[type[Data], ...]] = {
        door.HeldOpen.TYPE: (door.Opened, door.StateReported),
        door.PreAlarmed.TYPE: (door.Opened, door.StateReported),
        door.Forced.TYPE: (door.Opened, door.StateReported),
        access.NotTaken.TYPE: access.Granted,
        camera.RegionOccupied.TYPE: camera.RegionEntered,
    }
    once = set()
    for said in told(story):
        kinds = led.get(said.data.TYPE)
        if kinds is not None:
            cause = story[int(said.causationid[1:])]
            assert cause.live
            assert isinstance(DATA[cause.what], kinds)
            assert said.subject.endswith(cause.of)
            if said.data.TYPE in (door.Forced.TYPE, access.NotTaken.TYPE):
                assert (said.data.TYPE, said.causationid) not in once
                once.add((said.data.TYPE, said.causationid))


@settings(max_examples=100, deadline=None)
@given(stories)
def test_nothing_is_raised_for_what_is_late(story: list[Happens]) -> None:
    """Only that a zone is vacant, whose occupation was told, may come of a late fact."""
    teller, now = Told(), 0
    for number, one in enumerate(story):
        now += one.after
        teller.until(now)
        teller.said += teller.watch.tick(teller.now)
        said = teller.see(number, one)
        if not one.live and one.what < len(DATA):
            assert {one.data.TYPE for one in said} <= {camera.RegionVacated.TYPE}


@settings(max_examples=60, deadline=None)
@given(st.lists(happenings(), max_size=40))
def test_a_story_all_late_says_nothing_but_silence(story: list[Happens]) -> None:
    late = [
        msgspec.structs.replace(one, live=False, late=9) for one in story if one.what < len(DATA)
    ]
    assert {one.data.TYPE for one in told(late)} <= {device.Lost.TYPE}


@settings(max_examples=100, deadline=None)
@given(stories, st.sampled_from((-86_400, -3, 2, 86_400 * 365)), st.integers(0, 40))
def test_a_step_of_the_clock_moves_what_is_due(story: list[Happens], by: int, at: int) -> None:
    """All spans are as long as without it."""
    before, stepped, now, moved = Told(), Told(), 0, timedelta()
    for number, one in enumerate([*story, Happens(after=100_000, what=21, of="c", live=True)]):
        now += one.after
        before.until(now)
        stepped.now = before.now + moved
        if number == at:
            stepped.said += stepped.watch.tick(stepped.now)
            stepped.watch.shift(timedelta(seconds=by))
            moved = timedelta(seconds=by)
            stepped.now += moved
        before.see(number, one)
        stepped.see(number, one)
    assert [(one.data.TYPE, one.subject) for one in stepped.said] == [
        (one.data.TYPE, one.subject) for one in before.said
    ]


@settings(max_examples=100, deadline=None)
@given(stories)
def test_what_was_heard_of_a_commit_that_failed_stays_heard(story: list[Happens]) -> None:
    """State is stored when it changed; a commit that is made again begins there."""
    straight, again, now = Told(), Told(), 0
    kept, stored_at = stored(again.watch, again.rows), START
    for number, one in enumerate([*story, Happens(after=3_000, what=21, of="c", live=True)]):
        now += one.after + 1  # no two commits have one time
        straight.until(now)
        again.until(now)
        straight.see(number, one)
        failed = len(again.said)
        again.see(number, one)
        del again.said[failed:]
        again.watch = again.watch.again(SITE, stored_at, kept, again.now)
        again.see(number, one)
        if again.watch.changed:
            kept, stored_at = stored(again.watch, again.rows), again.now
    spoken = [one for one in straight.said if not one.data.TYPE.startswith("device.clock")]
    assert [one for one in again.said if not one.data.TYPE.startswith("device.clock")] == spoken
