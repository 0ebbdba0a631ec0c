"""What is handed on to another authority's library."""

from projections.view import Row


class Handoff(Row, frozen=True, kw_only=True):
    """Objects by what became of them. `trouble`: why nothing is taken now; empty: all is well."""

    target: str
    delivered: int = 0
    refused: int = 0  # for good
    personal: int = 0  # of those delivered, with names or plates in the clear
    last: str = ""  # of the last delivery
    trouble: str = ""
    said: str = ""  # in the receiver's words
    status: int = 0
    since: str = ""  # of the trouble
    refusal: str = ""  # its words at the last refusal ...
    refused_at: str = ""
    id: str = ""  # of the last word of it
    position: int = 0
