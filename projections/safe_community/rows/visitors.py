"""Visitors' passes."""

from typing import Literal

from projections.view import Row


class Pass(Row, frozen=True, kw_only=True):
    pass_id: str
    state: Literal["issued", "used", "used-up", "revoked", "expired"] = "issued"
    valid_from: str = ""
    valid_to: str = ""
    doors: tuple[str, ...] = ()
    uses: int = 1
    used: int = 0
    host_ref: str = ""
    actor: str = ""
    reason: str = ""  # of the revocation
    last: str = ""
    plate_ref: str = ""
    issued: str = ""  # when
    revoked: str = ""  # when
    position: int = 0
