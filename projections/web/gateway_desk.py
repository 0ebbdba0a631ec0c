"""What a gateway can be told and asked by its own admin port, as the API and the console need it;
the hub's wiring implements it. JSON goes through as it is: the gateway says what fits.

Raw bytes stay in the gateway's custody: they pass through here to whoever is on record there as
having looked, and are kept nowhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from core.errors import MenweiError
from projections.web.accounts import Account

Json = dict[str, Any]


class Unreached(MenweiError):
    """The gateway does not answer, or cannot now: 502."""


class GatewayDesk(Protocol):
    """Any thread; blocks for a request to the gateway. `gateway` is "compound/name". Unheard where
    there is none such, or it has nothing of that name; Unfit with the gateway's own sentences;
    Unready; Unreached."""

    def gateways(self) -> Sequence[str]:
        """Those whose admin port this hub knows."""
        ...

    def ask(
        self,
        account: Account,
        gateway: str,
        method: str,
        path: Sequence[str],
        *,
        query: Mapping[str, str] = {},
        body: object = None,
    ) -> Json: ...

    def frame(self, account: Account, gateway: str, camera: str) -> bytes:
        """JPEG."""
        ...
