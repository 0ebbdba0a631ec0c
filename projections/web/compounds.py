"""Which compounds can be asked about."""

from fastapi import HTTPException

from projections.web.desk import Desk


def spoken(desk: Desk, compound: str) -> None:
    """404 for one of which the log knows nothing."""
    if not desk.runner.knows(compound):
        raise HTTPException(404, "There is no such compound; /api/v1/compounds lists them.")


def known(desk: Desk, compound: str) -> None:
    """404 for one that neither a gateway nor the log knows."""
    if not any(name.partition("/")[0] == compound for name in desk.gateways()):
        spoken(desk, compound)
