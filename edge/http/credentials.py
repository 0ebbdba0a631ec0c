"""Who may prove to be whom, by now."""

from typing import TypeVar

from edge.endpoint.password import Password
from edge.http.config import Algorithm, Device, Resolved

_T = TypeVar("_T")


class Credentials:
    """The table's devices, and over them those whose secret was told while the agent runs. On the
    loop; what stands here is looked at anew for every request."""

    def __init__(self, settings: Resolved) -> None:
        self._table = settings
        self.devices: dict[str, Device] = dict(settings.http.devices)
        self.passwords: dict[str, Password] = dict(settings.passwords)
        self.secrets: dict[str, str] = dict(settings.secrets)
        self.ha1: dict[tuple[str, Algorithm], str] = dict(settings.ha1)

    def learn(self, name: str, secret: str) -> None:
        """In place of what was known of it; what else its table says stays."""
        self.forget(name)
        self.devices.setdefault(name, Device())
        self.passwords[name] = Password.from_text(secret)
        self.secrets[name] = secret
        self.ha1 = {key: ha1 for key, ha1 in self.ha1.items() if key[0] != name}

    def forget(self, name: str) -> None:
        """What its table says holds again; nothing, where it has none."""
        table = self._table
        _back(self.devices, table.http.devices.get(name), name)
        _back(self.passwords, table.passwords.get(name), name)
        _back(self.secrets, table.secrets.get(name), name)
        self.ha1.update({key: ha1 for key, ha1 in table.ha1.items() if key[0] == name})


def _back(now: dict[str, _T], told: _T | None, name: str) -> None:
    if told is None:
        now.pop(name, None)
    else:
        now[name] = told
