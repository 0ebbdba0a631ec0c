"""Child of test_store.py: python -m tests.crash.core_append LOG [write-behind]

Appends the next numbered batches of one journal for ever and prints each number once its
receipt is there. `write-behind` is the control: it prints first and stores eight at a time.
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core import codec
from core.batch import Batch, Head, parse
from core.store.sqlite import SQLiteEventStore
from tests.fix_core import START, Enrolled, trusting


def batches(gateway: Enrolled) -> Iterator[Batch]:
    """From one event to some forty kilobytes that do not shrink: many WAL pages, checkpoints."""
    while True:
        noise = random.Random(gateway.writer.head.number)
        events = [
            msgspec.structs.replace(
                event,
                data=msgspec.structs.replace(event.data, native={"x": noise.randbytes(900).hex()}),
            )
            for event in gateway.events(noise.choice((1, 5, 20, 40)))
        ]
        (made,) = gateway.writer.batches([codec.encode(event) for event in events], START)
        gateway.writer.advance([made])
        yield made


def main(log: Path, *, write_behind: bool) -> None:
    store = SQLiteEventStore(log)
    head = next((parse(newest.state).head() for newest in store.journals()), Head())
    gateway = Enrolled("gw-1", seed=1, head=head)
    ingest = trusting(store, [gateway])
    waiting: list[Batch] = []
    for batch in batches(gateway):
        waiting.append(batch)
        if not write_behind or len(waiting) == 8:
            (*_, receipt) = ingest.accept([gateway.arrival(one) for one in waiting], START)
            assert receipt.committed == batch.header.number, receipt
            waiting.clear()
        print(batch.header.number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), write_behind="write-behind" in sys.argv[2:])
