"""Who may do what concerns people, and how often. A viewer may do none of it."""

import threading
import time
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, HTTPException

from projections.web.accounts import Account
from projections.web.auth import Reader

_ACCOUNTS = 1_000  # whose counts are kept; more than that do not work at one hub
_MINUTE = 60.0


async def inquirer(account: Reader) -> Account:
    """Who may look a person up: guards, auditors and admins."""
    if account.role == "viewer":
        raise HTTPException(403, "The role viewer may not look persons up.")
    return account


async def admin(account: Reader) -> Account:
    if account.role != "admin":
        raise HTTPException(403, f"The role {account.role} may not do this; an admin may.")
    return account


async def auditor(account: Reader) -> Account:
    """Who may have the log itself."""
    if not account.audits:
        raise HTTPException(403, f"The role {account.role} may not do this; an auditor may.")
    return account


Auditor = Annotated[Account, Depends(auditor)]
Inquirer = Annotated[Account, Depends(inquirer)]
Admin = Annotated[Account, Depends(admin)]


class Allowance:
    """So many of each kind a minute and account, as a bucket that fills evenly: a stolen token
    can not empty the register in one go. Any thread."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._used: dict[tuple[str, str], tuple[float, float]] = {}  # → (how full, when)

    def take(self, kind: str, account: Account) -> None:
        """429 when it is used up."""
        limit, now = float(self._limits[kind]), time.monotonic()
        with self._lock:
            used, at = self._used.pop((kind, account.name), (0.0, now))
            used = max(0.0, used - (now - at) * limit / _MINUTE)
            full = used + 1 > limit
            while len(self._used) >= _ACCOUNTS:
                del self._used[next(iter(self._used))]
            self._used[kind, account.name] = (used if full else used + 1, now)
        if full:
            wait = max(1, round((used + 1 - limit) * _MINUTE / limit))
            raise HTTPException(
                429,
                f"More than {limit:.0f} a minute are not taken; again in {wait} s.",
                headers={"Retry-After": str(wait)},
            )
