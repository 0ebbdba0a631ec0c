"""python -m tests.crash.gateway_witness_life FOLDER: one life of a gateway's witness, shown a log
that grows. Prints the text of every checkpoint it has cosigned, as soon as that could be sent. Ends
when it is killed, or after LEAVES."""

import sys
from pathlib import Path

from core.tlog import checkpoint
from tests.fix_gateway_witness import HubOf, Watching

LEAVES = 400


def main(folder: Path) -> None:
    edge, hub = Watching(folder), HubOf()
    hub.take(edge.stream)
    print("begun", flush=True)
    while len(hub.log.leaves) < LEAVES:
        hub.log.others(1)
        hub.log.publish()
        edge.witness.heard(hub.shows(edge.stream, edge.size))
        assert edge.witness.standing().cosignature
        text = checkpoint.parse(edge.kept.encode()).note.text
        print(text.replace("\n", " "), flush=True)
    edge.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
