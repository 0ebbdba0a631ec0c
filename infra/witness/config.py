"""witness.toml: who the witness is, where it listens, whose logs it watches."""

from pathlib import Path

import msgspec

from core.broker import Port
from core.config import load
from core.errors import BadProof, ConfigError
from core.tlog.note import SignatureType, VerifierKey, valid_name, verifier_key
from infra.witness import policy

MAX_NAME = 255  # bytes of a name or an origin: a post-quantum cosignature has no room for more


class Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Loopback unless told otherwise; put a TLS-ending proxy in front for anything else."""

    host: str = "127.0.0.1"
    port: Port = 8087


class Log(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`vkey` names the log as well: its key name is the origin. Several of one origin may stand
    side by side, so that a log can change its key."""

    vkey: str


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    data: str
    http: Http = Http()
    logs: tuple[Log, ...] = ()
    policy: str = ""  # a C2SP tlog-policy file: its `log` lines are watched as well


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    folder: Path
    http: Http
    logs: dict[str, frozenset[VerifierKey]]  # by origin


def read(path: Path) -> Settings:
    """ConfigError names the file, the key and what to do."""
    config = load(path, Config)
    base = path.absolute().parent
    if not valid_name(config.name) or len(config.name.encode()) > MAX_NAME:
        raise ConfigError(
            f"{path}: key `name`: 1 to {MAX_NAME} bytes without spaces and `+`, best an address "
            "without its scheme: `witness.example/menwei`. Correct it."
        )
    keys = [
        _key(f"{path}: key `logs[{index}].vkey`", one.vkey) for index, one in enumerate(config.logs)
    ]
    if config.policy:
        keys += [one.key for one in policy.read(base / config.policy).logs]
    if not keys:
        raise ConfigError(
            f"{path}: no log to watch. Add [[logs]] with the vkey that the hub's operator "
            "hands out, or `policy`."
        )
    logs: dict[str, frozenset[VerifierKey]] = {}
    for key in keys:
        if len(key.name.encode()) > MAX_NAME:
            raise ConfigError(
                f"{path}: the log {key.name[:40]!r}… has a name of more than {MAX_NAME} bytes. "
                "Leave it out; it cannot be cosigned."
            )
        logs[key.name] = logs.get(key.name, frozenset()) | {key}
    return Settings(name=config.name, folder=base / config.data, http=config.http, logs=logs)


def _key(place: str, text: str) -> VerifierKey:
    try:
        key = verifier_key(text)
    except BadProof as bad:
        raise ConfigError(f"{place}: {bad.detail}. Copy the log's key again, whole.") from bad
    if key.type != SignatureType.ED25519:
        raise ConfigError(f"{place}: a witness's key. Put the log's key here.")
    return key
