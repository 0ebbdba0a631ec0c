"""Everything the checks ask for, looked up once."""

import hmac
from datetime import UTC

from core.policy.book import Bearer, Book, Crossing, Entry, Right, instant
from core.policy.request import PlateList, Request
from core.policy.standing import Standing


class Case:
    """One request while it is judged."""

    __slots__ = (
        "at", "bearer", "book", "crossing", "door", "entry", "group", "list", "listed", "now",
        "owner", "request", "rights", "standing", "use", "violations",
    )  # fmt: skip

    def __init__(self, book: Book, standing: Standing, request: Request) -> None:
        self.book = book
        self.standing = standing
        self.request = request
        self.at = request.at if request.at.tzinfo is not None else request.at.replace(tzinfo=UTC)
        self.now = instant(self.at)
        self.door = book.site.door(request.door)
        self.crossing: Crossing | None = book.crossing(request.door, request.direction != "out")
        self.owner: Bearer | None = book.bearers.get((request.kind, request.hash))
        self.entry = _entry(book, request, self.now)
        self.list: PlateList = _list(self.entry, self.owner) if request.kind == "plate" else ""
        person = self.owner.person.ref if self.owner is not None else ""
        if not person and self.entry is not None:
            person = self.entry.plate.ref
        self.bearer = person
        if request.pass_ is not None:
            self.bearer = f"pass:{request.pass_.id}"
        self.listed = book.listed(person, request.kind, request.hash, self.now)
        self.rights: tuple[Right, ...] | None = None  # None: needs no group's
        self.group = ""
        self.use = 0
        self.violations: list[str] = []

    @property
    def outward(self) -> bool:
        return self.request.direction == "out"

    @property
    def groups(self) -> tuple[str, ...]:
        if self.owner is not None:
            return self.owner.person.groups
        if self.entry is None:
            return ()
        found = self.book.persons.get(self.entry.plate.ref)
        return self.entry.plate.groups or (found[0].groups if found is not None else ())

    @property
    def anonymous(self) -> bool:
        """Nobody's credential: an exit button, or a plate while unknown ones may pass."""
        return self.request.kind == "button" or self.list == "unknown"


def same(one: str, other: str) -> bool:
    """Of two hashes, in constant time: how far a guess was right is nobody's business."""
    return bool(one) and hmac.compare_digest(one.encode(), other.encode(errors="replace"))


def _entry(book: Book, request: Request, now: float) -> Entry | None:
    """The plate's entry that counts: barred, then in force, then any."""
    if request.kind != "plate":
        return None
    found = book.plates.get(request.hash, ())
    alive = [entry for entry in found if entry.good.holds(now)]
    for entry in alive:
        if entry.plate.list == "black":
            return entry
    over = [entry for entry in found if entry.plate.list != "black"]
    return next(iter(alive or over), None)


def _list(entry: Entry | None, owner: Bearer | None) -> PlateList:
    if entry is not None:
        return entry.plate.list
    return "white" if owner is not None else "unknown"
