"""GB/T 19095-2019's categories with their subcategories, as data."""

from collections.abc import Mapping

from projections.shipped import shipped

SUBCATEGORIES: Mapping[str, tuple[str, ...]] = shipped(
    "projections.waste_district.register", "categories.toml", dict[str, tuple[str, ...]]
)
CATEGORIES = tuple(SUBCATEGORIES)


def category_of(subcategory: str) -> str:
    """Empty where the standard has no such subcategory."""
    return next((name for name, those in SUBCATEGORIES.items() if subcategory in those), "")
