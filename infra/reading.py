"""A hub's log and its views' snapshots, read beside the hub while it runs or not."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from core.clock import parse_rfc3339
from core.errors import ConfigError, EnvironmentFault
from core.store.open import open_log
from core.store.port import Log
from infra.hub.stores import beside
from infra.rebuild import place
from projections.pages import opened
from projections.past import Nearest, no_snapshots
from projections.sieve import spoken
from projections.store import ViewStore, open_views
from projections.view import DISTRICT, View


class Reading(msgspec.Struct, frozen=True):
    """`snapshots` is None where the hub keeps no views here: then the past is folded from the
    beginning."""

    folder: Path
    log: Log
    snapshots: ViewStore | None

    def nearest(self, view: View) -> Nearest:
        return no_snapshots if self.snapshots is None else partial(self.snapshots.nearest, view)

    def compounds(self, chosen: str = "") -> list[str]:
        """All that gateways ever spoke of, because the newest batch of each journal names its
        compound; or the chosen one. ConfigError where there is none of that name."""
        found: set[str] = set()
        for one in self.log.journals():
            found |= spoken(opened(one))
        if not chosen:
            return sorted(found)
        if chosen not in found:
            known = ", ".join(sorted(found)) or "none yet"
            raise ConfigError(
                f"--compound {chosen}: no such compound in the log. There are: {known}."
            )
        return [chosen]


@contextlib.contextmanager
def reading(data: Path, config: Path | None) -> Iterator[Reading]:
    found = place(data, config)
    if isinstance(found.where, Path) and not found.where.exists():
        raise EnvironmentFault(f"{data}: no log.db here. Name the data folder with --data.")
    views = beside(found.where, found.folder, "views.db")
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(contextlib.closing(open_log(found.where)))
        kept = not isinstance(views, Path) or views.exists()
        store = stack.enter_context(contextlib.closing(open_views(views))) if kept else None
        yield Reading(found.folder, log, store)


def scopes(views: Sequence[View], compounds: Sequence[str], chosen: str) -> list[tuple[View, str]]:
    """Whose rows are looked at in each view: each compound's, and the district's unless one
    compound was chosen, because it is of all of them together."""
    return [
        (view, scope)
        for view in views
        for scope in (
            compounds if view.over == "compound" else () if chosen else (DISTRICT,)
        )
    ]  # fmt: skip


def moment(option: str, text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise ConfigError(
            f"{option} {text}: not a time with its offset, such as 2026-11-20T08:00:00+08:00."
        ) from error
