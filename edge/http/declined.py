"""A request that is answered with less than 200."""

from collections.abc import Mapping
from http import HTTPStatus

from core.errors import Refused
from devices.wire import NO_HEADERS


class Declined(Refused):
    """Nothing of it was taken. `detail` is told to the device as well."""

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        headers: Mapping[str, str] = NO_HEADERS,
        challenges: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason, detail)
        self.status = HTTPStatus(status)
        self.headers = headers
        self.challenges = challenges  # each a WWW-Authenticate of its own
