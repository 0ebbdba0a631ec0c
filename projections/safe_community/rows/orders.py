"""Commands people sent, and what became of them."""

from projections.view import Row


class Order(Row, frozen=True, kw_only=True):
    """A command on its way or answered, by its event's id; the newest are kept."""

    verb: str
    target: str
    actor: str
    at: str
    until: str = ""
    outcome: str = ""  # empty while nothing was heard
    reason: str = ""
    gateway: str = ""  # whose answer is asked for; empty: any
    answered_by: str = ""
    answered_at: str = ""
    position: int = 0
