"""hub.toml: where gateways are heard, which are believed, where people come in."""

from pathlib import Path
from typing import Annotated

import msgspec

from core.broker import Broker, Credentials, Port, resolve
from core.config import GATEWAY_SLUG, SLUG, load
from core.errors import ConfigError
from core.store.open import Where
from core.trust import Gateway
from infra.hub import storage
from infra.hub.storage import History, Store

RULES = "rules.toml"  # in the data folder


class Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Loopback unless told otherwise; put a TLS-ending proxy in front for anything else."""

    host: str = "127.0.0.1"
    port: Port = 8080


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The alarm rules every compound of this hub is judged by. Absent: rules.toml of the data
    folder, and where there is none either, those that are built in."""

    file: str = ""


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: str
    broker: Broker = Broker()
    http: Http = Http()
    store: Store = Store()
    history: History = History()
    rules: Rules = Rules()
    gateways: tuple[Gateway, ...] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    path: Path
    config: Config
    folder: Path
    broker: Credentials
    store: Where
    rules: Path  # what it is told to be judged by; only a file that is named must be there
    rules_named: bool = False


def read(path: Path) -> Settings:
    """ConfigError names the file, the key and what to do."""
    config = load(path, Config)
    base = path.absolute().parent
    for index, gateway in enumerate(config.gateways):
        _check(path, index, gateway, config.gateways[:index])
    folder = base / config.data
    storage.check(path, config.history)
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
