"""The site as the watch asks about it."""

from core.site import UNKNOWN_DOOR, Camera, Door, Site
from edge.watch.fact import Fact, key_of


class Described:
    """Owns the site in force. A door nobody described has the usual limits."""

    def __init__(self, site: Site) -> None:
        self.adopt(site)

    def adopt(self, site: Site) -> None:
        self.site = site
        doors: dict[str, list[str]] = {}
        for name, one in site.doors.items():
            if one.device:
                doors.setdefault(one.device, []).append(name)
        self._of_device = {name: found[0] for name, found in doors.items() if len(found) == 1}

    def door(self, fact: Fact) -> str:
        """The door that is meant: by its own name, else the only one of that device. So a reader
        that speaks under its own name is heard of its door."""
        key = key_of(fact.subject)
        return key if key in self.site.doors else self._of_device.get(fact.device, key)

    def limits(self, door: str) -> Door:
        return self.site.doors.get(door, UNKNOWN_DOOR)

    def camera(self, name: str) -> Camera | None:
        return self.site.cameras.get(name)

    def heeds(self, door: str, fact: Fact) -> bool:
        """A described door is opened by the device it names."""
        named = self.limits(door).device
        return not named or named == fact.device
