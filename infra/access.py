"""`menwei token` and `menwei password`: the accounts of a data folder, hub running or not."""

import secrets
from pathlib import Path
from typing import cast

from core.clock import SystemClock
from core.errors import ConfigError, EnvironmentFault
from projections.web.accounts import ROLES, Accounts, Role


def _open(data: Path, role: str) -> Accounts:
    if role not in ROLES:
        raise ConfigError(f"--role {role}: one of {', '.join(ROLES)}.")
    for folder in (data / "hub", data):
        if (folder / "accounts.db").exists():
            return Accounts(folder / "accounts.db", SystemClock())
    raise EnvironmentFault(
        f"{data}: no accounts here. Start `menwei run --data {data}` first, or name its folder."
    )


def new_token(data: Path, role: str) -> str:
    accounts = _open(data, role)
    try:
        return accounts.token(cast("Role", role))
    finally:
        accounts.close()


def new_password(data: Path, account: str, role: str) -> str:
    accounts = _open(data, role)
    try:
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        accounts.set_password(account, password, cast("Role", role))
        return password
    finally:
        accounts.close()
