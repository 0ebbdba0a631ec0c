"""What people did with the district's papers."""

from collections.abc import Mapping

from projections.view import Row


class Export(Row, frozen=True, kw_only=True):
    """Ledgers that left the house, by `{compound}|{month}`, oldest first. A format that is not in
    Chinese has its language before it: `en.pdf`."""

    exports: tuple[tuple[int, int, str, str], ...] = ()  # revision, position, format, sha256
    contents: Mapping[str, str] = {}  # revision → SHA-256 of what all its formats say


class Dispatch(Row, frozen=True, kw_only=True):
    """Catch-up: `{route}|{day}`."""

    vehicle: str
    bins: tuple[str, ...] = ()
    actor: str = ""
    at: str = ""


class Import(Row, frozen=True, kw_only=True):
    """A file of the past that was taken in, by its hash."""

    file: str
    rows: int = 0
    events: int = 0
    aside: int = 0
    first: str = ""
    last: str = ""
    actor: str = ""
    at: str = ""
