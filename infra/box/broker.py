"""The embedded broker between gateways and hub: nats-server with MQTT on and every write synced.

One account for the uplink, where a gateway may say and hear only what is its own. Devices do
not come here but to their gateway's own endpoint; accounts for them, one a compound, are there
only where an older version took their messages here and some may still wait.
"""

import shutil
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from core.errors import EnvironmentFault
from core.topics import ROOT
from infra.box.layout import GATEWAY, Box, quoted

MAX_PAYLOAD = 8_000_000  # bytes; what is over the intake's 1 MB cap still arrives, to be counted
_AGAIN = "5s"  # without acknowledgement so long: delivered again, also after a restart of the agent
_IN_FLIGHT = 2048  # unacknowledged messages per session: the intake's back-pressure


def program() -> str:
    """The nats-server that the wheel brought, or one on PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise EnvironmentFault("nats-server is not installed. Install the extra `menwei[hub]`.")
    return found


def write(box: Box, sites: Sequence[str] = ()) -> Path:
    """nats.conf for this box; the passwords in it are why it is 0600. `sites`: compounds whose
    devices may come here; those without a name belong to the first of them."""
    path = box.broker / "nats.conf"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(_text(box, sites), encoding="utf-8")
    return path


def _text(box: Box, sites: Sequence[str]) -> str:
    accounts = "\n".join(_site(box, compound) for compound in sites)
    nobody = f'  no_auth_user: "devices-{sites[0]}"\n' if sites else ""
    return f"""\
server_name: menwei
host: 127.0.0.1
port: {box.ports.broker}
max_payload: {MAX_PAYLOAD}
log_file: {quoted((box.broker / "nats.log").absolute())}
logfile_size_limit: 4MB
logfile_max_num: 3
jetstream {{
  store_dir: {quoted((box.broker / "jetstream").absolute())}
  sync_interval: always
  max_memory_store: 16MB
  max_file_store: 8GB
}}
mqtt {{
  host: 127.0.0.1
  port: {box.ports.uplink}
{nobody}  ack_wait: "{_AGAIN}"
  max_ack_pending: {_IN_FLIGHT}
}}
accounts {{
{accounts}
  UPLINK {{
    jetstream: enabled
    users: [
      {{ user: hub, password: "{box.password("hub")}" }}
{_uplinks(box)}
    ]
  }}
}}
"""


def _site(box: Box, compound: str) -> str:
    devices, intake = f"devices-{compound}", f"intake-{compound}"
    return f"""\
  SITE_{compound} {{
    jetstream: enabled
    users: [
      {{ user: "{intake}", password: "{box.password(intake)}" }}
      {{
        user: "{devices}", password: "{box.password(devices)}"
        permissions: {{
          publish: {{ deny: ["$JS.>", "$MQTT.>", "$SYS.>", "_INBOX.>"] }}
          subscribe: {{ allow: ["cmd.>"] }}
        }}
      }}
    ]
  }}"""


def _uplinks(box: Box) -> str:
    root = ROOT.replace("/", ".")
    lines = []
    for compound in box.compounds:
        user, own = f"uplink-{compound}", f"{root}.{compound}.{GATEWAY}"
        lines.append(
            f'      {{ user: "{user}", password: "{box.password(user)}", permissions: {{ '
            f'publish: {{ allow: ["{own}.up", "{own}.state", "{own}.birth"] }}, '
            f'subscribe: {{ allow: ["{own}.receipt", "{own}.cmd", "{own}.cmd.>"] }} }} }}'
        )
    return "\n".join(lines)
