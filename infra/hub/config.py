"""hub.toml: where gateways are heard, which are believed, where people come in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from core.broker import Broker, Credentials, Port, resolve
from core.config import GATEWAY_SLUG, SLUG, load
from core.errors import ConfigError
from core.media import retention
from core.media.retention import Group
from core.store.open import Where
from core.tlog import lives
from core.tlog.quorum import Quorum
from core.trust import Gateway
from infra.handoff import config as handoffs
from infra.handoff.config import Handoff, Target
from infra.hub import admin_ports, storage
from infra.hub.admin_ports import AdminPort, Reached
from infra.hub.storage import History, Store
from infra.hub.witness_policy import witnessed

RULES = "rules.toml"  # in the data folder


class Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Loopback unless told otherwise; put a TLS-ending proxy in front for anything else."""

    host: str = "127.0.0.1"
    port: Port = 8080


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The alarm rules every compound of this hub is judged by. Absent: rules.toml of the data
    folder, and where there is none either, those that are built in."""

    file: str = ""


class Log(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The transparency log over what is stored. `origin` is its name for whoever checks it, best
    the address it is served at, without https://; absent: one made of the hub's first key. What
    is stored is under a signature after `checkpoint_s` at the latest, while there is room.
    `policy` is a file (C2SP tlog-policy): the witnesses that are asked, and which are enough."""

    origin: str = ""
    policy: str = ""
    checkpoint_s: Annotated[float, msgspec.Meta(ge=1, le=60)] = 10


class Media(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pictures and clips. `groups`: cameras by the duty they stand under, and how long theirs
    stay; the one called `default` is of all the rest. Every file is read again and hashed once in
    `turn_days`."""

    largest_mb: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 64  # of one file
    turn_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 7
    groups: Mapping[str, Group] = {}


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: str
    broker: Broker = Broker()
    http: Http = Http()
    store: Store = Store()
    history: History = History()
    rules: Rules = Rules()
    log: Log = Log()
    media: Media = Media()
    handoff: Mapping[str, Handoff] = {}  # to libraries of GA/T 1400, by a name of their own
    gateways: tuple[Gateway, ...] = ()
    admin: Mapping[str, AdminPort] = {}  # compound/gateway → where it is told of devices


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    path: Path
    config: Config
    folder: Path
    broker: Credentials
    store: Where
    rules: Path  # what it is told to be judged by; only a file that is named must be there
    rules_named: bool = False
    admin: Mapping[str, Reached] = {}
    quorum: Quorum = Quorum()  # of witnesses; as it is, none is asked
    targets: tuple[Target, ...] = ()  # of hand-offs

    @property
    def policy(self) -> Path | None:
        """The file of the witnesses' policy."""
        name = self.config.log.policy
        return self.path.parent / name if name else None

    @property
    def gateways(self) -> tuple[Gateway, ...]:
        return self.config.gateways


def read(path: Path) -> Settings:
    """ConfigError names the file, the key and what to do."""
    config = load(path, Config)
    base = path.absolute().parent
    for index, gateway in enumerate(config.gateways):
        _check(path, index, gateway, config.gateways[:index])
    folder = base / config.data
    storage.check(path, config.history)
    if config.log.origin and not lives.valid(config.log.origin):
        raise ConfigError(
            f"{path}: key `log.origin`: a name without spaces and `+`, of 200 bytes at most. "
            "Correct it, or leave it out."
        )
    for key, what in retention.faults(config.media.groups):
        raise ConfigError(f"{path}: key `media.groups.{key}`: {what}.")
    rules = base / config.rules.file if config.rules.file else folder / RULES
    if config.rules.file and not rules.is_file():
        raise ConfigError(
            f"{path}: key `rules.file`: there is no {rules}. Correct it, or leave it out."
        )
    return Settings(
        path=path.absolute(),
        config=config,
        folder=folder,
        broker=resolve(path, "broker", config.broker),
        store=storage.resolve(path, config.store, folder),
        rules=rules,
        rules_named=bool(config.rules.file),
        admin=admin_ports.resolve(path, config.admin),
        quorum=witnessed(base / config.log.policy) if config.log.policy else Quorum(),
        targets=handoffs.resolve(path, config.handoff),
    )


def _check(path: Path, index: int, gateway: Gateway, before: tuple[Gateway, ...]) -> None:
    place = f"{path}: key `gateways[{index}]"
    try:
        msgspec.convert(gateway.compound, Annotated[str, msgspec.Meta(pattern=SLUG)])
        msgspec.convert(gateway.name, Annotated[str, msgspec.Meta(pattern=GATEWAY_SLUG)])
        msgspec.convert(gateway.key, Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")])
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{place}`: {error}. Names are letters, digits, `_` and `-`; "
            "the key is the 64 hex digits that `menwei edge` prints."
        ) from error
    for other in before:
        if other.key == gateway.key or (other.compound, other.name) == (
            gateway.compound,
            gateway.name,
        ):
            raise ConfigError(f"{place}`: name or key is used twice. Give each gateway its own.")
