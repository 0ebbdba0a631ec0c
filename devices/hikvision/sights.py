"""What a simulated camera alerts about: plates, as its firmware spells them, and rules."""

from datetime import datetime
from random import Random
from typing import Literal
from uuid import UUID
from xml.sax.saxutils import escape

from devices.hikvision.isapi import JPEG, Sent

Way = Literal["forward", "reverse"]
_NAMESPACES = {"isapi": "http://www.isapi.org/ver20/XMLSchema",
               "hikvision": "http://www.hikvision.com/ver20/XMLSchema"}  # fmt: skip


class Camera:
    """One channel. `firmware` hikvision: the newer one, which sends no VehicleGATInfo."""

    def __init__(
        self,
        mac: str,
        address: str,
        rng: Random,
        firmware: Literal["isapi", "hikvision"] = "isapi",
    ) -> None:
        self._mac, self._address, self._rng, self._firmware = mac, address, rng, firmware
        self._posts = 0

    def plate(self, at: datetime, plate: str, way: Way = "forward", listed: str = "other") -> Sent:
        """A vehicle that came by, with its two pictures."""
        number = escape(plate)
        believed = self._rng.randint(88, 99)
        uuid = UUID(int=self._rng.getrandbits(128), version=4)
        gat = ""
        if self._firmware == "isapi":
            gat = (
                "<VehicleGATInfo><palteTypeByGAT>2</palteTypeByGAT>"
                "<plateColorByGAT>2</plateColorByGAT><vehicleTypeByGAT>K33</vehicleTypeByGAT>"
                "<colorByGAT>A</colorByGAT></VehicleGATInfo>"
            )
        inner = (
            f"<ANPR><country>64</country><licensePlate>{number}</licensePlate><line>1</line>"
            f"<direction>{way}</direction><confidenceLevel>{believed}</confidenceLevel>"
            "<plateType>92TypeCivil</plateType><plateColor>blue</plateColor>"
            "<vehicleType>vehicle</vehicleType><detectDir>8</detectDir><alarmDataType>0"
            f"</alarmDataType><listType>{escape(listed)}</listType>"
            f"<originalLicensePlate>{number}</originalLicensePlate></ANPR>"
            f"<UUID>{uuid}</UUID><picNum>2</picNum>{gat}"
        )
        pictures = {"detectionPicture.jpg": JPEG, "licensePlatePicture.jpg": JPEG}
        return Sent(self._alert(at, "ANPR", "active", inner), pictures)

    def line_crossed(self, at: datetime) -> Sent:
        rng = self._rng
        inner = (
            "<DetectionRegionList><DetectionRegionEntry><regionID>1</regionID>"
            "<sensitivityLevel>50</sensitivityLevel><RegionCoordinatesList>"
            "<RegionCoordinates><positionX>100</positionX><positionY>500</positionY>"
            "</RegionCoordinates><RegionCoordinates><positionX>900</positionX>"
            "<positionY>500</positionY></RegionCoordinates></RegionCoordinatesList>"
            "<detectionTarget>human</detectionTarget>"
            f"<TargetRect><X>{rng.uniform(0.2, 0.6):.3f}</X><Y>{rng.uniform(0.2, 0.5):.3f}</Y>"
            "<width>0.100</width><height>0.300</height></TargetRect></DetectionRegionEntry>"
            "</DetectionRegionList>"
        )
        return Sent(self._alert(at, "linedetection", "active", inner))

    def motion(self, at: datetime, *, active: bool = True) -> Sent:
        return Sent(self._alert(at, "VMD", "active" if active else "inactive", ""))

    def _alert(self, at: datetime, event: str, state: str, inner: str) -> bytes:
        self._posts += 1
        return (
            '<?xml version="1.0" encoding="utf-8"?>\r\n'
            f'<EventNotificationAlert version="2.0" xmlns="{_NAMESPACES[self._firmware]}">\r\n'
            f"<ipAddress>{self._address}</ipAddress><portNo>80</portNo><protocol>HTTP</protocol>"
            f"<macAddress>{self._mac}</macAddress><channelID>1</channelID>"
            f"<dateTime>{at.isoformat(timespec='milliseconds')}</dateTime>"
            f"<activePostCount>{self._posts}</activePostCount><eventType>{event}</eventType>"
            f"<eventState>{state}</eventState><eventDescription>{event}</eventDescription>"
            f"<channelName>Gate</channelName>{inner}\r\n</EventNotificationAlert>\r\n"
        ).encode()
