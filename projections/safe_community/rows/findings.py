"""What is wrong with the place itself."""

from projections.view import Row


class Finding(Row, frozen=True, kw_only=True):
    """What is wrong with the place itself, by the site's description: a door that only a face
    opens, a door nobody described. `key` is {kind}:{subject}."""

    kind: str
    subject: str
    since: str = ""
    detail: str = ""
