"""GB/T 19095-2019's categories with their subcategories, as data."""

import tomllib
from collections.abc import Mapping
from pathlib import Path


def _read(path: Path) -> Mapping[str, tuple[str, ...]]:
    return {
        category: tuple(subcategories)
        for category, subcategories in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


SUBCATEGORIES: Mapping[str, tuple[str, ...]] = _read(Path(__file__).with_suffix(".toml"))
CATEGORIES = tuple(SUBCATEGORIES)


def category_of(subcategory: str) -> str:
    """Empty where the standard has no such subcategory."""
    return next((name for name, those in SUBCATEGORIES.items() if subcategory in those), "")
