"""A witness beside the single box, to be looked at: one that runs on the machine it watches, under
the same hands, proves nothing to anybody else.

DATA/witness/  witness.toml, its keys and what it cosigned, and the hub's policy that names it
"""

from collections.abc import Sequence
from pathlib import Path

from core.tlog import checkpoint, lives
from infra.box.layout import Box, quoted
from infra.witness import keys

_NAME = "menwei/witness-of-this-box"


def write(box: Box, hub_keys: Sequence[bytes]) -> Path:
    """Both files, for its port of this start; its keys are made at the first. The configuration's
    path. `hub_keys`: the hub's own, and behind it the one it hands over to at this start."""
    folder = box.witness
    life = lives.current(box.hub)
    origin = life.origin if life else checkpoint.default_origin(hub_keys[0])
    logs = [checkpoint.log_key(origin, key).encode() for key in hub_keys]
    config = folder / "witness.toml"
    pinned = keys.load_or_create(_NAME, folder).keys[-1].encode()
    config.write_text(
        "# Written by `menwei run --witness` at each start.\n"
        f'name = {quoted(_NAME)}\ndata = "."\n[http]\nport = {box.ports.witness}\n'
        + "".join(f"[[logs]]\nvkey = {quoted(log)}\n" for log in logs),
        encoding="utf-8",
    )
    box.policy.write_text(
        "# Written by `menwei run --witness` at each start.\n"
        + "".join(f"log {log}\n" for log in logs)
        + f"witness box {pinned} http://127.0.0.1:{box.ports.witness}\nquorum box\n",
        encoding="utf-8",
    )
    return config
