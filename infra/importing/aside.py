"""Why a row, or a whole file, was not taken in.

`reason` is one word of a small set, which texts/import.toml says in both languages with the
remedy; `detail` names columns and numbers and nothing a person could be read out of."""

import msgspec

REPEATED = "duplicate"  # the reason of what the log has already: there is nothing to correct


class Aside(msgspec.Struct, frozen=True, gc=False):
    """`row` counts the file's lines from 1, a table's header among them; `other` is the row that
    this one disagrees with, 0 where it stands alone."""

    row: int
    reason: str
    detail: str = ""
    other: int = 0


class Unfit(Exception):
    """What is wrong with one row; whoever knows its number makes an Aside of it."""

    def __init__(self, reason: str, detail: str = "", other: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.detail, self.other = reason, detail, other

    def at(self, row: int) -> Aside:
        return Aside(row, self.reason, self.detail, self.other)


class Unusable(Exception):
    """The file as a whole: nothing of it is taken."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail
