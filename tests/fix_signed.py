"""A hub's folder with a log that was signed, as `menwei audit` finds it."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from core.keys import Signer
from core.store.sqlite import SQLiteEventStore
from core.tlog import lives
from core.tlog.checkpoint import default_origin, log_key
from core.tlog.integrator import Integrator
from core.tlog.lives import Life
from core.tlog.log import TransparencyLog
from tests.fix_core import START, Enrolled, FixedClock

HUB_TOML = """\
data = "."
[broker]
host = "127.0.0.1"
port = 1
[[gateways]]
compound = "jinxiu"
name = "gw-1"
key = "{key}"
"""


class SignedHub:
    """`grow` stores batches as ingest would; `sign` does what the hub does every ten seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gateway = Enrolled("gw-1", seed=1)
        self.signer = Signer.load_or_create(folder / "hub.key")
        self.config = folder / "hub.toml"
        self.config.write_text(HUB_TOML.format(key=self.gateway.gateway.key), encoding="utf-8")

    @property
    def life(self) -> Life:
        return lives.opened(self.folder, "", default_origin(self.signer.public))

    @property
    def key(self) -> str:
        return log_key(self.life.origin, self.signer.public).encode()

    def grow(self, count: int) -> Sequence[bytes]:
        """The frames."""
        batches = self.gateway.batches(count, events=1)
        with closing(SQLiteEventStore(self.folder / "log.db")) as store:
            store.append([one.stored() for one in batches], START)
        return [one.frame for one in batches]

    def frames(self) -> list[bytes]:
        with closing(SQLiteEventStore(self.folder / "log.db")) as store:
            return [frame for _, frame in store.frames(0, 10**6, 10**9)]

    def sign(self) -> bool:
        """Whether anything new was published."""
        life = self.life
        with (
            closing(SQLiteEventStore(self.folder / "log.db")) as store,
            closing(TransparencyLog(life.folder, life.origin, self.signer, FixedClock())) as log,
        ):
            integrator = Integrator(log, store)
            while integrator.step(store.head()):
                pass
            return log.publish()
