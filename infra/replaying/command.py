"""`menwei replay`: what happened once more, into scratch views or to a broker. The log is read and
nothing is written to it; nobody is called, no timer runs, no gateway hears of it (I9)."""

import os
import sys
import threading
import time

import msgspec
from rich.console import Console

from core.errors import BadFrame
from infra import broker_address, rules
from infra.reading import Reading, reading
from infra.replaying import prefix as prefixes
from infra.replaying import wish as wishes
from infra.replaying.into_view import Ended, Fold, target
from infra.replaying.to_broker import Publication
from infra.replaying.turn import Turn, keyboard, stepped, timed
from infra.replaying.watching import watching
from infra.replaying.wish import Chosen, Wish
from infra.stopping import stopped_by_signals
from projections.alarms.files import load
from projections.follower import FoldFailed
from projections.replay.pace import Pace
from projections.web.scan import Place


def replay(wish: Wish) -> int:
    """0; 1: the rows are not those of then, or the broker did not acknowledge all, or a stored
    batch is damaged. ConfigError and EnvironmentFault say what is wrong."""
    wishes.check(wish)
    pace = Pace(wishes.speed(wish), wish.longest_wait, time.monotonic)
    stop = threading.Event()
    with reading(wish.data, wish.config) as hub, stopped_by_signals(stop.set):
        chosen = wishes.chosen(wish, hub)
        turn = stepped(keyboard(stop)) if wish.step else timed(pace, stop)
        try:
            if wish.mqtt:
                return _publish(wish, hub, chosen, pace, turn, stop)
            return _fold(wish, hub, chosen, pace, turn)
        except BadFrame as bad:
            return _finding(f"{bad}. Nothing behind it was replayed.")
        except FoldFailed as failed:
            return _finding(f"a fold failed at {failed}: {failed.__cause__!r}")


def _fold(wish: Wish, hub: Reading, chosen: Chosen, pace: Pace, turn: Turn) -> int:
    into = target(wish, hub)
    book = load(wish.rules) if wish.rules else None
    console = Console(stderr=True)
    with console.status("folding up to the beginning"):
        fold = Fold(hub, chosen, wish, book)
    begun = time.monotonic()
    with watching(chosen.last - chosen.before, pace) as watch:
        stopped = fold.run(turn, watch)
    seconds = time.monotonic() - begun
    with console.status("comparing with the views as of then"):
        ended = fold.ended(stopped)
    if into is not None:
        fold.put(into)
    _tell(wish, chosen, ended, seconds, pace)
    if ended.stopped:
        _go_on(ended.stopped, chosen)
    return 1 if any(one.same is False for one in ended.hashes) else 0


def _tell(wish: Wish, chosen: Chosen, ended: Ended, seconds: float, pace: Pace) -> None:
    first = f"{chosen.first.position}"
    if wish.json:
        body = {
            "first": first,
            "position": ended.position,
            "events": ended.events,
            "unread": ended.unread,
            "seconds": seconds,
            "views": ended.hashes,
        }
        if wish.rules:
            body["rules"] = rules.body(ended.trials, first, f"{ended.position}")
        print(msgspec.json.encode({"ended": body}).decode())
        return
    rate = ended.events / seconds if seconds else 0.0
    print(
        f"{ended.events} events, positions {first} to {ended.position}, in {seconds:.1f} s: "
        f"{rate:,.0f} a second, {pace.reached():,.1f} times as fast as they were recorded"
    )
    if ended.unread:
        print(f"{ended.unread} events of a newer version were passed over")
    for one in ended.hashes:
        print(f"{one.view} {one.scope}: {one.hash} {_VERDICT[one.same]}")
    if wish.rules:
        rules.show(Console(markup=False), ended.trials, first, f"{ended.position}")


_VERDICT = {
    True: "equals the view as of then",
    False: "DIFFERENT from the view as of then",
    None: "inside a batch, where no view stood",
}


def _publish(
    wish: Wish, hub: Reading, chosen: Chosen, pace: Pace, turn: Turn, stop: threading.Event
) -> int:
    client = f"menwei-replay-{os.getpid()}"
    settings = broker_address.settings(
        wish.mqtt, wish.username, wish.password_file, client, os.environ
    )
    publication = Publication(hub, chosen, prefixes.check(wish.prefix))
    with watching(chosen.last - chosen.before, pace) as watch:
        found = publication.run(settings, turn, stop, watch)
    if wish.json:
        print(msgspec.json.encode({"ended": found}).decode())
    else:
        print(f"published {found.published}, acknowledged {found.acked}, below {wish.prefix}/")
        if found.unread:
            print(f"{found.unread} events of a newer version were passed over")
    if found.open:
        _go_on(found.open, chosen)
    return 0 if found.published == found.acked else 1


def _go_on(at: Place, chosen: Chosen) -> None:
    print(
        f"stopped before event {at.position}.{at.index} of positions up to {chosen.last}; go on "
        f"with --from {at.position}.{at.index} --to {chosen.last}",
        file=sys.stderr,
    )


def _finding(text: str) -> int:
    print(f"menwei replay: {text}", file=sys.stderr)
    return 1
