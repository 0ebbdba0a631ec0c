"""Who lives in and comes to a simulated compound. Everybody here is made up.

Phones start with 12, which no operator was given; cards and employee numbers come from a
seeded generator. Names are drawn from common characters, so a namesake is chance.
"""

from collections.abc import Callable
from random import Random
from typing import Literal

import msgspec

from devices.hikvision.simulate import Holder, Shown

Habit = Literal["worker", "pupil", "retired", "night-shift"]
Duty = Literal["guard", "cleaner", "inspector"]

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
_GIVEN = "安柏晨丹恩帆歌涵佳凯岚沐宁佩琪然书桐薇欣雅哲舟子梓景明远知夏清和思源若云嘉禾一诺"
_PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_QR_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    name: str
    phone: str
    card: str
    building: int
    flat: str
    habit: Habit
    usual: Shown  # the credential this person mostly shows
    plate: str = ""

    @property
    def holder(self) -> Holder:
        return Holder(employee=self.number, name=self.name, card=self.card)


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    name: str
    phone: str
    card: str
    duty: Duty

    @property
    def holder(self) -> Holder:
        return Holder(employee=self.number, name=self.name, card=self.card)


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor or courier with a QR pass; some visitors come by car."""

    name: str
    phone: str
    qr: str
    plate: str = ""

    @property
    def holder(self) -> Holder:
        return Holder(name=self.name, qr=self.qr, user_type="visitor")


class People(msgspec.Struct, frozen=True, kw_only=True):
    residents: tuple[Resident, ...]
    staff: tuple[Staff, ...]
    visitors: tuple[Guest, ...]
    couriers: tuple[Guest, ...]
    stray_cards: tuple[str, ...]  # cards of other compounds, shown at our doors
    passing_plates: tuple[str, ...]  # cars nobody here registered
    truck_plates: tuple[str, ...]  # of the collection trucks: their drivers are persons too

    def on_duty(self, duty: Duty) -> tuple[Staff, ...]:
        return tuple(person for person in self.staff if person.duty == duty)


def personal_values(people: People) -> frozenset[str]:
    """Every string about a person that a payload can carry or a form could hold: none of them
    may be found in the clear in a log, a view or a trace."""
    found = {*people.stray_cards, *people.passing_plates, *people.truck_plates}
    for resident in people.residents:
        found |= {resident.number, resident.name, resident.phone, resident.card, resident.plate}
    for staff in people.staff:
        found |= {staff.number, staff.name, staff.phone, staff.card}
    for guest in (*people.visitors, *people.couriers):
        found |= {guest.name, guest.phone, guest.qr, guest.plate}
    return frozenset(found - {""})


def populate(rng: Random, buildings: int, flats: int, trucks: int) -> People:
    """`flats` in each of `buildings`, one to four residents in a flat."""
    draw = _Draw(rng)
    residents = [
        _resident(draw, building, f"{building}-{door // 4 + 1:02d}{door % 4 + 1:02d}", member)
        for building in range(1, buildings + 1)
        for door in range(flats)
        for member in range(rng.choices((1, 2, 3, 4), (2, 4, 3, 1))[0])
    ]
    duties: tuple[Duty, ...] = ("guard",) * 6 + ("cleaner",) * 4 + ("inspector",) * 3
    return People(
        residents=tuple(residents),
        staff=tuple(
            Staff(
                number=draw.once(lambda: f"S-{rng.randrange(10_000, 100_000)}"),
                name=draw.name(),
                phone=draw.phone(),
                card=draw.card(),
                duty=duty,
            )
            for duty in duties
        ),
        visitors=tuple(_guest(draw, by_car=0.3) for _ in range(160)),
        couriers=tuple(_guest(draw, by_car=0) for _ in range(40)),
        stray_cards=tuple(draw.card() for _ in range(60)),
        passing_plates=tuple(draw.plate() for _ in range(120)),
        truck_plates=tuple(draw.plate() for _ in range(trucks)),
    )


def _resident(draw: "_Draw", building: int, flat: str, member: int) -> Resident:
    rng = draw.rng
    habit: Habit = "worker"
    if member == 2:
        habit = "pupil"
    elif rng.random() < 0.3:
        habit = "retired"
    elif rng.random() < 0.05:
        habit = "night-shift"
    ways: tuple[Shown, ...] = ("face", "card", "fingerprint", "pin")
    return Resident(
        number=draw.once(lambda: f"R-{rng.randrange(10_000, 100_000)}"),
        name=draw.name(),
        phone=draw.phone(),
        card=draw.card(),
        building=building,
        flat=flat,
        habit=habit,
        usual=rng.choices(ways, (62, 25, 8, 5))[0],
        plate=draw.plate() if member == 0 and rng.random() < 0.45 else "",
    )


def _guest(draw: "_Draw", *, by_car: float) -> Guest:
    return Guest(
        name=draw.name(),
        phone=draw.phone(),
        qr=draw.once(lambda: "PASS" + "".join(draw.rng.choices(_QR_SIGNS, k=16))),
        plate=draw.plate() if draw.rng.random() < by_car else "",
    )


class _Draw:
    """Values that occur once in a compound."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._taken: set[str] = set()

    def once(self, make: Callable[[], str]) -> str:
        value = make()
        while value in self._taken:
            value = make()
        self._taken.add(value)
        return value

    def name(self) -> str:
        return self.once(
            lambda: self.rng.choice(_SURNAMES) + "".join(self.rng.choices(_GIVEN, k=2))
        )

    def phone(self) -> str:
        return self.once(lambda: f"12{self.rng.randrange(10**9):09d}")

    def card(self) -> str:
        # Ten digits from 3,000,000,000 up: no Unix time and no record number looks like one.
        return self.once(lambda: str(self.rng.randrange(3_000_000_000, 2**32)))

    def plate(self) -> str:
        """GA 36-2018: five signs on blue, or six with D/F first on green (new energy)."""
        return self.once(self._plate)

    def _plate(self) -> str:
        rng = self.rng
        if rng.random() < 0.35:
            return f"浙A{rng.choice('DF')}{rng.choice('ABCDEFGHJK')}{rng.randrange(10**4):04d}"
        signs = rng.choices("0123456789", k=5)
        for place in rng.sample(range(4), k=rng.randrange(3)):  # two letters at most
            signs[place] = rng.choice(_PLATE_LETTERS)
        return "浙A" + "".join(signs)
