"""Everything a single box keeps, under one data folder, written once and read ever after.

DATA/FORMAT, lock            version of the folder; who runs on it
DATA/broker/                 nats.conf (0600, holds the broker's passwords), jetstream/
DATA/hub/                    hub.toml, hub.key, log.db, keys.db, views.db, accounts.db, keys.seen
DATA/hub/tlog/{life}/        what was signed of the log: origin, checkpoints.db, level-*
DATA/hub/media/              pictures by their hash, index.db, fixity.json
DATA/hub/exports/            audit packs that were asked for last
DATA/edge/{compound}/        edge.toml, gateway.key, journal*.db, keys.db, quarantine.db, ballast,
                             devices.toml (told of while it ran), camera/{name}/zones.json,
                             checkpoint.json (what is believed of the hub's log), fork-*.json,
                             hub-keys and gateway.keys (after a change of keys)
DATA/edge/{compound}/media/  pictures on their way to the hub
DATA/witness/                infra.box.witness; only with --witness
DATA/secrets/                one password a file, 0600
"""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec

from core.keys import Signer, write_secret
from core.postgres.database import is_url
from core.postgres.database import login as database_login
from devices.adapter import Known

GATEWAY = "gw01"


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    http: int
    mqtt: int  # the first compound's devices; each further compound has the next one
    intake: tuple[int, ...] = ()  # HTTP of each compound's devices; empty: none takes any
    uplink: int  # MQTT between gateways and hub; loopback, chosen at each start
    broker: int  # the broker's own protocol; loopback, nobody of ours uses it
    witness: int = 0  # HTTP; loopback, chosen at each start; 0: there is none
    admin: tuple[int, ...] = ()  # of each compound's gateway; loopback, chosen at each start


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """Paths and names of one data folder."""

    folder: Path
    compounds: tuple[str, ...]
    ports: Ports
    store: str = ""  # what the hub's store.url is to be; empty: SQLite

    def devices_port(self, compound: str) -> int:
        return self.ports.mqtt + self.compounds.index(compound)

    def admin_port(self, compound: str) -> int:
        """0: it has none."""
        at = self.compounds.index(compound)
        return self.ports.admin[at] if at < len(self.ports.admin) else 0

    def intake_port(self, compound: str) -> int:
        """0: there is none."""
        place = self.compounds.index(compound)
        return self.ports.intake[place] if place < len(self.ports.intake) else 0

    def left_behind(self, compound: str) -> bool:
        """Up to version 0.1 the broker took the devices' messages; what it acknowledged then may
        still wait there."""
        return (self.edge(compound) / ".primed").exists()

    @property
    def hub(self) -> Path:
        return self.folder / "hub"

    @property
    def broker(self) -> Path:
        return self.folder / "broker"

    @property
    def witness(self) -> Path:
        return self.folder / "witness"

    @property
    def policy(self) -> Path:
        """Whom the hub asks to cosign its log."""
        return self.witness / "witnesses.policy"

    def edge(self, compound: str) -> Path:
        return self.folder / "edge" / compound

    def password_file(self, user: str) -> Path:
        return self.folder / "secrets" / user

    def password(self, user: str) -> str:
        """Made on first use, then always the same."""
        path = self.password_file(user)
        if not path.exists():
            write_secret(path, secrets.token_urlsafe(24))
        return path.read_text(encoding="utf-8")


def names(count: int) -> tuple[str, ...]:
    return tuple(f"c{number:02d}" for number in range(1, count + 1))


def quoted(value: object) -> str:
    """As a string in TOML and in nats.conf: both take JSON's quotes and backslashes."""
    return json.dumps(str(value), ensure_ascii=False)


def write(box: Box, devices: Mapping[str, Mapping[str, Known]], health_s: float) -> None:
    """Keys, passwords and configuration of hub and gateways. Existing keys and passwords are
    kept; the configuration files are ours and are written again at each start."""
    hub_key = Signer.load_or_create(box.hub / "hub.key").public.hex()
    gateways = []
    for compound in box.compounds:
        edge = box.edge(compound)
        key = Signer.load_or_create(edge / "gateway.key").public.hex()
        gateways.append((compound, key))
        for user in (f"uplink-{compound}", f"devices-{compound}"):
            box.password(user)
        if box.admin_port(compound):
            box.password(f"admin-{compound}")
        if box.left_behind(compound):
            box.password(f"intake-{compound}")
        text = _edge_toml(box, compound, hub_key, devices.get(compound, {}), health_s)
        (edge / "edge.toml").write_text(text, encoding="utf-8")
    # A compound that does not run this time is not one whose gateway is gone for good.
    gateways += [
        (path.parent.name, Signer.load_or_create(path).public.hex())
        for path in sorted(box.edge("").glob("*/gateway.key"))
        if path.parent.name not in box.compounds
    ]
    box.password("hub")
    (box.hub / "hub.toml").write_text(_hub_toml(box, gateways), encoding="utf-8")


def _edge_toml(
    box: Box, compound: str, hub_key: str, devices: Mapping[str, Known], health_s: float
) -> str:
    lines = [
        "# Written by `menwei run` at each start; a gateway of its own has its own file.",
        f'compound = "{compound}"',
        f'gateway = "{GATEWAY}"',
        'data = "."',
        f"health_s = {health_s}",
        "",
        "[endpoint]",
        f"port = {box.devices_port(compound)}",
        "anonymous = true",
        f"[endpoint.clients.devices-{compound}]",
        f"password_file = {quoted(box.password_file(f'devices-{compound}').absolute())}",
        *_intake(box, compound),
        *_left_behind(box, compound),
        "",
        "[uplink]",
        f'hub_key = "{hub_key}"',
        "",
        "[uplink.broker]",
        f"port = {box.ports.uplink}",
        f'username = "uplink-{compound}"',
        f"password_file = {quoted(box.password_file(f'uplink-{compound}').absolute())}",
        "",
        "[media]",
        f'hub = "http://127.0.0.1:{box.ports.http}"',
        *_admin(box, compound),
    ]
    for key, known in sorted(devices.items()):
        lines += ["", f"[devices.{quoted(key)}]"]
        lines += [
            f"{name} = {_toml(value)}"
            for name, value in sorted(msgspec.to_builtins(known).items())
            if value
        ]
    return "\n".join(lines) + "\n"


def _admin(box: Box, compound: str) -> list[str]:
    port, token = box.admin_port(compound), box.password_file(f"admin-{compound}").absolute()
    return ["", "[admin]", f"port = {port}", f"token_file = {quoted(token)}"] if port else []


def _intake(box: Box, compound: str) -> list[str]:
    """As its MQTT: whoever is on this machine may send without a name."""
    port = box.intake_port(compound)
    if not port:
        return []
    return [
        "",
        "[http]",
        f"port = {port}",
        'allow = ["127.0.0.0/8"]',
        f"[http.devices.devices-{compound}]",
        f"password_file = {quoted(box.password_file(f'devices-{compound}').absolute())}",
    ]


def _left_behind(box: Box, compound: str) -> list[str]:
    if not box.left_behind(compound):
        return []
    return [
        "",
        "[intake.broker]",
        f"port = {box.ports.uplink}",
        f'username = "intake-{compound}"',
        f"password_file = {quoted(box.password_file(f'intake-{compound}').absolute())}",
    ]


def _toml(value: str | dict[str, str]) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return "{ " + ", ".join(f'"{key}" = "{one}"' for key, one in sorted(value.items())) + " }"


def _hub_toml(box: Box, gateways: list[tuple[str, str]]) -> str:
    lines = [
        "# Written by `menwei run` at each start.",
        'data = "."',
        "",
        "[broker]",
        f"port = {box.ports.uplink}",
        'username = "hub"',
        f"password_file = {quoted(box.password_file('hub').absolute())}",
        "",
        "[http]",
        f"port = {box.ports.http}",
        *_store(box),
        *(("", "[log]", f"policy = {quoted(box.policy.absolute())}") if box.ports.witness else ()),
    ]
    for compound, key in gateways:
        lines += [
            "",
            "[[gateways]]",
            f'compound = "{compound}"',
            f'name = "{GATEWAY}"',
            f'key = "{key}"',
        ]
    for compound in box.compounds:
        if port := box.admin_port(compound):
            token = box.password_file(f"admin-{compound}").absolute()
            lines += [
                "",
                f'[admin."{compound}/{GATEWAY}"]',
                f'url = "http://127.0.0.1:{port}"',
                f"token_file = {quoted(token)}",
            ]
    return "\n".join(lines) + "\n"


def _store(box: Box) -> list[str]:
    """A password in the URL moves into a file of its own: this one may be read by others."""
    if not is_url(box.store):
        return ["", "[store]", f"url = {quoted(box.store)}"] if box.store else []
    login = database_login(box.store)
    url = f"postgresql:///?{urlencode(login.options, quote_via=quote)}"
    lines = ["", "[store]", f"url = {quoted(url)}"]
    if login.password:
        path = box.password_file("store")
        write_secret(path, login.password)
        lines.append(f"password_file = {quoted(path.absolute())}")
    return lines
