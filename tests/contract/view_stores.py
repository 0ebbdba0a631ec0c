"""Where views are kept, on either backend, for cases that hold on both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.postgres.database import Database
from projections.store import ViewStore, open_views

Open = Callable[[], ViewStore]


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same store again and again, as one process after another does."""
    where: Path | Database = tmp_path / "views.db"
    if request.param == "postgres":
        where = request.getfixturevalue("database")
    made: list[ViewStore] = []

    def opening() -> ViewStore:
        made.append(open_views(where))
        return made[-1]

    yield opening
    for one in made:
        one.close()
