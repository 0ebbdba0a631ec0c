"""Where and as whom to publish, from a command line. There is no option for the password itself:
others could read it in the list of processes."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import ConfigError
from infra.simulate.publish import Settings

PASSWORD_VARIABLE = "MENWEI_MQTT_PASSWORD"  # noqa: S105 - the name of it


def settings(
    mqtt: str,
    username: str,
    password_file: Path | None,
    client_id: str,
    environment: Mapping[str, str],
) -> Settings:
    """`mqtt`: host, host:port or mqtt://host:port. ConfigError names what is wrong."""
    url = mqtt if "://" in mqtt else f"mqtt://{mqtt}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"--mqtt {mqtt!r}: {error}") from error
    if parts.password is not None:
        raise ConfigError(f"--mqtt: no password in the address; use a file or {PASSWORD_VARIABLE}")
    if parts.scheme != "mqtt" or not host or parts.path.strip("/"):
        raise ConfigError(f"--mqtt {mqtt!r}: expected host:port or mqtt://host:port")
    password = environment.get(PASSWORD_VARIABLE, "")
    if password_file is not None:
        try:
            password = password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"--password-file {password_file}: {error}") from error
    return Settings(
        host=host,
        port=port or 1883,
        username=username or parts.username or "",
        password=password,
        client_id=client_id,
    )
