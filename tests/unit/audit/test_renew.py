"""A restored hub begins a new life of its log, and says so first in it."""

from core.batch import parse
from core.catalog import CATALOG
from core.codec import recorded
from core.event import Recorded
from core.events.log import Renewed
from core.folder import claim
from core.tlog import checkpoint, lives
from core.tlog.checkpoints import last
from core.tlog.stored import reading
from core.tlog.tree import leaf_hash, root_of
from tests.fix_signed import SignedHub
from tests.unit.audit.conftest import Audit
from tests.unit.audit.test_rebuild_tree import stored


def test_a_new_life_follows_a_log_that_was_put_back(audit: Audit, hub: SignedHub) -> None:
    before, old = last(hub.life.checkpoints), hub.life
    assert before is not None
    stored(hub, "DELETE FROM stored_events WHERE rowid > 200")
    stored(hub, "DELETE FROM arrivals WHERE position > 200")
    assert not hub.sign()
    code, said, why = audit.plain("renew", "--config", hub.config, "--reason", " restored ")
    assert (code, why) == (0, "")
    assert f"{old.origin}/2" in said
    (event,) = recorded(parse(hub.frames()[200]), 201, CATALOG)
    assert isinstance(event, Recorded)
    assert event.event.data == Renewed(
        origin=f"{old.origin}/2",
        reason="restored",
        previous=before.checkpoint.encode().decode(),
    )
    assert event.compound == "jinxiu"
    assert hub.sign()
    with reading(hub.life) as published:
        assert published is not None
        head = published.checkpoint.head
    leaves = [leaf_hash(frame) for frame in hub.frames()]
    assert (head.origin, head.size, head.root) == (f"{old.origin}/2", 201, root_of(leaves))
    assert last(old.checkpoints) == before
    assert checkpoint.parse(event.event.data.previous.encode()).head.size == 300


def test_a_third_life(audit: Audit, hub: SignedHub) -> None:
    first = hub.life.origin
    for number in (2, 3):
        assert audit.plain("renew", "--config", hub.config, "--reason", "again")[0] == 0
        assert lives.current(hub.folder) == lives.Life(
            number, hub.folder / "tlog" / str(number), f"{first}/{number}"
        )
        assert hub.sign()


def test_what_was_signed_last_may_be_unreadable(audit: Audit, hub: SignedHub) -> None:
    hub.life.checkpoints.write_bytes(b"rubbish" * 1_000)
    assert audit.plain("renew", "--config", hub.config, "--reason", "damaged")[0] == 0
    assert hub.sign()


def test_it_is_refused_while_a_hub_runs_and_without_a_word(audit: Audit, hub: SignedHub) -> None:
    with claim(hub.folder):
        assert audit.plain("renew", "--config", hub.config, "--reason", "x")[0] == 3
    assert audit.plain("renew", "--config", hub.config, "--reason", " ")[0] == 2
    assert lives.current(hub.folder) == hub.life
