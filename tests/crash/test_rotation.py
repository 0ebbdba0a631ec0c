"""A gateway changes its key with a backlog, and dies wherever it can: every event ends in the
hub's log once, and what devices send again is known again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import codec, durable, handover
from core.batch import Head, Journal, Lane, parse
from core.errors import DiskFull, FatalError
from core.events.journal import Opened
from core.events.key import Enrolled, Revoked
from core.ingest import Ingest
from core.keyhistory import KeyHistory
from core.keys import Signer
from core.receipt import Receipt
from core.trust import Trust
from core.writer import BatchWriter
from edge import formerkeys, rotation
from edge.journal import EdgeJournal
from edge.journals import order_renewal
from tests.fix_core import FixedClock, door_opened, signer_of
from tests.fix_edge import COMPOUND, GATEWAY, native
from tests.unit.edge.pump import HUB
from tests.unit.edge.site import Site


class Cut(FatalError):
    """The power went."""


@pytest.fixture
def site(tmp_path: Path, clock: FixedClock) -> Iterator[Site]:
    opened = Site(tmp_path / "edge", clock)
    yield opened
    opened.rig.close()


def ordered(site: Site) -> Signer:
    """While the agent does not run."""
    site.rig.close()
    site.clock.move(timedelta(minutes=1))
    return handover.order(site.rig.folder / rotation.NAME)


def rotate(site: Site) -> None:
    new = ordered(site)
    site.start()
    assert site.rig.signer.public == new.public
    assert site.rig.journal.journal.key == new.public


def settled(site: Site) -> None:
    """All is there once, and all of it is known again."""
    site.pump.run()
    site.once()
    before = site.rig.counters.duplicates
    site.rig.take(*[native(number) for number in range(1, site.records + 1)])
    assert site.rig.counters.duplicates - before == site.records


@pytest.mark.parametrize("loss", [0.0, 0.3])
@pytest.mark.parametrize("delivered", [0, 5])
def test_a_new_key_in_the_middle_of_an_outage(
    site: Site, monkeypatch: pytest.MonkeyPatch, delivered: int, loss: float
) -> None:
    site.record(delivered)
    site.pump.run()
    site.record(6)
    first = site.rig.signer.public
    rotate(site)
    opened = site.rig.journals.findings[0]
    assert isinstance(opened, Opened)
    assert opened.reason == "rotated"
    assert {one.key for one in opened.tails} == {first.hex()}
    site.record(6)
    site.pump.loss = loss
    heard: set[str] = set()
    take = site.hub.take

    def listening(frame: bytes) -> Receipt:
        found = take(frame)
        heard.add(found.refused)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(site.hub, "take", listening)
        settled(site)
    assert heard <= {"", "gap"}  # nobody was taken for a stranger on the way
    assert not (site.rig.folder / "gateway.key.next").exists()


def test_one_new_key_after_another(site: Site) -> None:
    for _ in range(3):
        site.record(3)
        rotate(site)
    site.record(3)
    settled(site)
    history = site.hub._trust.history
    keys = list(history.lineage(site.rig.signer.public.hex()))
    assert (len(keys), keys[-1]) == (4, signer_of(9).public.hex())


def test_a_new_key_and_a_new_epoch_at_once(site: Site) -> None:
    site.record(4)
    order_renewal(site.rig.folder, "both")
    rotate(site)
    site.record(4)
    settled(site)


def test_a_gateway_that_never_ran_has_its_new_key_from_the_first(
    tmp_path: Path, clock: FixedClock
) -> None:
    (tmp_path / "edge").mkdir()
    handover.order(tmp_path / "edge" / rotation.NAME)
    (tmp_path / "edge").rename(tmp_path / "waits")
    site = Site(tmp_path / "edge", clock)
    site.rig.close()
    for path in (tmp_path / "waits").iterdir():
        path.rename(site.rig.folder / path.name)
    site.start()
    site.record(2)
    settled(site)
    site.rig.close()


def dying(run: Any, *, after: bool) -> Callable[..., Any]:
    def done(*args: Any, **kwargs: Any) -> Any:
        if after:
            run(*args, **kwargs)
        raise Cut("here")

    return done


STEPS = {
    "handed over": (EdgeJournal, "commit"),
    "remembered": (formerkeys, "add"),
    "done": (handover, "complete"),
    "on disk": (durable, "put"),
    "taken over": (EdgeJournal, "remember"),
    "told": (EdgeJournal, "take_over"),
}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_whoever_dies_between_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    site.record(3)
    site.pump.run()
    site.record(5)
    new = ordered(site)
    owner, name = STEPS[step]
    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, dying(getattr(owner, name), after=after))
            try:
                site.rig.open()
            except Cut:
                pass
            else:
                site.rig.close()  # the step was done in the life before
        site.rig.signer = (
            Signer.load_or_create(site.rig.folder / rotation.NAME)
            if (site.rig.folder / rotation.NAME).exists()
            else signer_of(9)
        )
    site.start()
    assert site.rig.signer.public == new.public
    site.record(4)
    settled(site)
    said = [name for name in site.hub.ids() if name == f"gw:key:{new.public.hex()}"]
    assert len(said) == 1


def test_a_full_disk_only_delays_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.record(3)
    ordered(site)

    def full(*_args: object, **_more: object) -> None:
        raise DiskFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr(EdgeJournal, "commit", full)
        with pytest.raises(DiskFull):
            site.rig.open()
    site.start()
    site.record(3)
    settled(site)


def believing(site: Site) -> KeyHistory:
    """The hub of this site, by a key history of its own."""
    history = KeyHistory()
    root = Enrolled(role="hub", key=HUB.public.hex(), since=1)
    assert history.told(1, "", HUB.public, root) == ""
    enrol(history, site.rig.signer, since=1)
    site.hub._trust = Trust(history)
    site.hub.ingest = Ingest(site.hub.log, site.hub._trust)
    return history


def enrol(history: KeyHistory, signer: Signer, since: int = 0) -> None:
    data = Enrolled(
        role="gateway", key=signer.public.hex(), compound=COMPOUND, gateway=GATEWAY, since=since
    )
    position = history.entries[-1].position + 1 - bool(since)
    assert history.told(position, "", HUB.public, data) == ""


def test_what_a_revoked_key_signed_is_written_again_under_the_next(site: Site) -> None:
    """A copy of the key was stolen: the hub takes nothing of it, the gateway loses nothing."""
    history = believing(site)
    site.record(4)
    site.pump.run()
    site.record(6)
    gone = Revoked(role="gateway", key=site.rig.signer.public.hex(), reason="stolen")
    assert history.told(500, "", HUB.public, gone) == ""
    site.pump.run()
    assert site.pump.refused == {"revoked"}
    held = len(site.hub.log.stored)
    rotate(site)
    site.record(2)
    enrol(history, site.rig.signer)
    settled(site)
    late = [parse(one.state).header.journal.key for one in site.hub.log.stored[held:]]
    assert set(late) == {site.rig.signer.public}


def test_behind_its_handover_the_old_key_writes_nothing(site: Site) -> None:
    """Whoever kept a copy of it goes on in the old journal."""
    site.record(2)
    old, epoch = site.rig.signer, site.rig.journal.epoch
    rotate(site)
    settled(site)
    stream = Journal(old.public, epoch, Lane.URGENT)
    newest = max(
        (one for one in site.hub.log.stored if one.originator_id == stream.id),
        key=lambda one: one.originator_version,
    )
    batch = parse(newest.state)
    writer = BatchWriter(stream, old, batch.head())
    event = door_opened(1, GATEWAY, COMPOUND)
    (forged,) = writer.batches([codec.encode(event)], site.clock.now())
    assert site.hub.take(forged.frame).refused == "rotated"
    fresh = BatchWriter(Journal(old.public, epoch + 5, Lane.URGENT), old, Head())
    (other,) = fresh.batches([codec.encode(event)], site.clock.now())
    assert site.hub.take(other.frame).refused == "rotated"
