"""The whole month, day after day: what stands, what goes wrong, what is collected, what is said."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import msgspec

from core.errors import EnvironmentFault
from infra.simulate.district import register, truth
from infra.simulate.district.acts import Tip
from infra.simulate.district.calendar import Calendar
from infra.simulate.district.fill import State
from infra.simulate.district.haulage import Haulage
from infra.simulate.district.lifting import Lifting
from infra.simulate.district.mishaps import Mishaps
from infra.simulate.district.rounds import Rounds
from infra.simulate.district.scene import Scene
from infra.simulate.district.tags import Tags
from infra.simulate.district.weighing import Weighing
from infra.simulate.district.wire import Wire
from infra.simulate.district.yard import Yard

_BEFORE = timedelta(days=90)  # the register is older than the month


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    out: Path
    seed: int
    compounds: int = 152
    days: int = 30
    start: date


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """`stand`: how many there are of each as the month begins. The register has more bins: it also
    names those that come in place of others."""

    register: int  # lines
    stand: dict[str, int]
    messages: dict[str, int]  # type → how many
    truth: dict[str, int]  # kind → how many
    files: list[Path]


def generate(wish: Wish, day_done: Callable[[], None] = lambda: None) -> Made:
    """Files in `wish.out`, in place of earlier ones: the same bytes for the same wish."""
    _cleared(wish.out)
    calendar = Calendar(wish.start, wish.days)
    scene = Scene(wish.seed, wish.compounds, calendar, Wire(wish.out, calendar))
    mishaps = Mishaps(scene)
    tags = Tags(scene)
    rng = scene.chance("fill")
    states = {one.name: State(one, rng) for point in scene.points.values() for one in point.bins}
    stand = {
        "compound": len(scene.compounds),
        "bin": len(states),
        "vehicle": len(scene.fleet.vehicles),
        "facility": len(scene.fleet.facilities),
    }
    rounds = Rounds(scene, mishaps, tags)
    lifting = Lifting(scene, states, mishaps, tags)
    weighing = Weighing(scene, lifting.loads, mishaps)
    haulage = Haulage(scene, weighing, mishaps)
    yard = Yard(scene, states, tags)
    for day in range(wish.days):
        weekend = calendar.weekday(day) > 5
        tags.dawn(day)
        states |= {one.name: State(one, rng) for one, since in tags.newcomers if since == day}
        for state in list(states.values()):
            if tags.standing(state.bin) is not state.bin:
                del states[state.bin.name]
            state.dawn(rng, weekend=weekend)
        haulage.day(day)
        for act in rounds.day(day):
            if isinstance(act, Tip):
                weighing.tip(day, act)
            else:
                lifting.visit(day, act)
        yard.day(day, weekend=weekend)
        scene.wire.day_is_over(day)
        day_done()
    scene.wire.close()
    since = f"{wish.start - _BEFORE}T00:00:00+08:00"
    newcomers = [(one, calendar.told(day, 0)) for one, day in tags.newcomers]
    written = register.write(
        wish.out / register.FILE,
        register.lines(scene.compounds, scene.fleet, since, newcomers),
    )
    scene.truth.write(wish.out / truth.FILE)
    return Made(
        register=written,
        stand=stand,
        messages=dict(sorted(scene.wire.counts.items())),
        truth=dict(sorted(scene.truth.counts().items())),
        files=scene.wire.files,
    )


def _cleared(folder: Path) -> None:
    """A file of an earlier, longer month would be taken for one of this."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("messages-*.jsonl"):
            old.unlink()
    except OSError as error:
        raise EnvironmentFault(
            f"{folder}: cannot be written ({error.strerror}). Choose another --out."
        ) from error
