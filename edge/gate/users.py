"""Which devices speak as which client of our own endpoint: commands go to its topics, and its
connection's end is theirs. Learned from what they send; forgetting costs one message's time."""

from collections.abc import Sequence

from core.site import Site

_MOST = 10_000  # devices
_DEVICES = 16  # of one client; more are a bridge's, whose devices may be well without it


class Users:
    """Owns both directions."""

    def __init__(self) -> None:
        self._devices: dict[str, dict[str, None]] = {}
        self._user: dict[str, str] = {}

    def speaks(self, client: str, device: str) -> None:
        before = self._user.get(device)
        if before == client:
            return
        if before is not None:
            self._leave(before, device)
        elif len(self._user) >= _MOST:
            self._user.clear()
            self._devices.clear()
        self._user[device] = client
        self._devices.setdefault(client, {})[device] = None

    def user(self, device: str) -> str:
        return self._user.get(device, "")

    def devices(self, client: str) -> Sequence[str]:
        found = tuple(self._devices.get(client, ()))
        return found if len(found) <= _DEVICES else ()

    def of_door(self, site: Site, door: str) -> tuple[str, str]:
        """The device that is to open a door, and as whom it is signed in."""
        device = site.door(door).device or door
        return device, self.user(device)

    def _leave(self, client: str, device: str) -> None:
        """It speaks through another client now: this one's end is not its own any more."""
        devices = self._devices[client]
        del devices[device]
        if not devices:
            del self._devices[client]
