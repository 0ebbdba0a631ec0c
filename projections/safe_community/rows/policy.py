"""The policy in force, and what the place was by it."""

from collections.abc import Mapping

from core.site import NO_SITE, Site
from projections.view import Row


class Edition(Row, frozen=True, kw_only=True):
    """What the place is, from this version of the policy on. `site` as JSON: a row's values are
    nobody else's."""

    version: int
    since: str
    site: str


class Rulebook(Row, frozen=True, kw_only=True):
    """The policy in force by the hub's word, and which version each gateway decides by."""

    version: int = 0
    sha256: str = ""
    since: str = ""
    actor: str = ""
    counts: Mapping[str, int] = {}
    gateways: Mapping[str, int] = {}
    refused: Mapping[str, str] = {}  # gateway → why it did not take the newest
    site: Site = NO_SITE
    described: str = ""  # since when the site is as it is
    editions: tuple[Edition, ...] = ()  # the newest sites that differ, oldest first
    adopted: Mapping[str, str] = {}  # gateway → when
