"""The site as the watch asks about it."""

from core.site import Camera, Door, Site
from edge.watch.fact import Fact, key_of


class Described:
    """Owns the site in force. A door nobody described has the usual limits."""

    def __init__(self, site: Site) -> None:
        self.adopt(site)

    def adopt(self, site: Site) -> None:
        self.site = site
        devices = {one.device for one in site.doors.values() if one.device}
        self._of_device = {name: site.meant("", name) for name in devices}  # asked for every fact

    def door(self, fact: Fact) -> str:
        """As `Site.meant`."""
        key = key_of(fact.subject)
        return key if key in self.site.doors else self._of_device.get(fact.device) or key

    def limits(self, door: str) -> Door:
        return self.site.door(door)

    def camera(self, name: str) -> Camera | None:
        return self.site.cameras.get(name)

    def heeds(self, door: str, fact: Fact) -> bool:
        return self.site.heeds(door, fact.device)
