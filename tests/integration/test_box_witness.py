"""A whole box with a witness beside it: what the hub stores is cosigned, also after a kill."""

import psutil
from prometheus_client.parser import text_string_to_metric_families

from core import handover
from core.tlog import checkpoint
from infra.hub_api import DIRECT
from infra.witness import policy
from infra.witness.witness import origin_hash
from tests.fix_broker import PATIENCE, Publisher, eventually
from tests.fix_edge import native
from tests.integration.test_box import BoxProcess
from tests.integration.test_box import box as box


def fetched(url: str) -> bytes:
    try:
        with DIRECT.open(url, timeout=PATIENCE) as answer:
            found: bytes = answer.read()
            return found
    except OSError:
        return b""


def covered(box: BoxProcess, beyond: int) -> int:
    """Leaves under the newest checkpoint, once it is cosigned and holds more than `beyond`."""
    text = fetched(f"http://127.0.0.1:{box.http}/metrics").decode()
    found = {
        sample.name: int(sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("menwei_tlog_")
    }
    published = found.get("menwei_tlog_size", 0)
    return published if found.get("menwei_tlog_witnessed") == published > beyond else 0


def witness_of(box: BoxProcess) -> psutil.Process:
    assert box._process is not None
    children = psutil.Process(box._process.pid).children()
    (found,) = (one for one in children if "witness" in one.cmdline())
    return found


def test_what_is_stored_is_cosigned(box: BoxProcess) -> None:
    box.start("--no-simulate", "--witness")
    publisher = Publisher(box)
    publisher.publish(*native(1))
    publisher.settle()
    size = eventually(lambda: covered(box, 0))

    witness_of(box).kill()
    publisher.publish(*native(2))
    publisher.settle()
    size = eventually(lambda: covered(box, size))
    publisher.close()

    demanded = policy.read(box.folder / "witness" / "witnesses.policy")
    (log,), one = demanded.logs, demanded.witnesses["box"]
    told = fetched(f"{one.url}/{origin_hash(log.key.name)}/checkpoint")
    found = checkpoint.opened(told, log.key.name, (log.key,))
    assert found.head.size >= size
    assert demanded.met(checkpoint.cosigners(found, (one.key,)))
    assert box.stop() == 0


def test_it_cosigns_at_the_very_start_at_which_the_hub_hands_over(box: BoxProcess) -> None:
    box.start("--no-simulate", "--witness")
    size = eventually(lambda: covered(box, 0))
    assert box.stop() == 0
    handover.order(box.folder / "hub" / "hub.key")
    box.start("--no-simulate", "--witness")
    assert eventually(lambda: covered(box, size)) > size
    assert box.stop() == 0
