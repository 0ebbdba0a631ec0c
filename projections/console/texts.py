"""Every string a person reads, in Chinese and English, from one catalogue."""

import tomllib
from pathlib import Path
from typing import Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_HERE = Path(__file__).parent


def catalogue(*files: Path) -> dict[str, dict[str, str]]:
    """`group.name` → text by language. ValueError when two files tell the same text."""
    found: dict[str, dict[str, str]] = {}
    for path in files:
        for group, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for name, entry in table.items():
                if (key := f"{group}.{name}") in found:
                    raise ValueError(f"{path.name}: {key} is told twice")
                found[key] = entry
    return found


CATALOGUE = catalogue(_HERE / "texts.toml", *sorted((_HERE / "texts").glob("*.toml")))


class Words:
    """The catalogue in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        text = CATALOGUE[key][self.language]
        return text.format(**values) if values else text

    def named(self, group: str, value: str) -> str:
        """The word for a code; one no table knows is shown as the device wrote it."""
        entry = CATALOGUE.get(f"{group}.{value}")
        return entry[self.language] if entry else value

    def other(self) -> Language:
        return "en" if self.language == "zh" else "zh"


def preferred(cookie: str, accept: str) -> Language:
    """The language asked for by cookie, else the first one of Accept-Language we speak."""
    for language in LANGUAGES:
        if cookie == language:
            return language
    for part in accept.lower().split(","):
        tag = part.strip()
        for language in LANGUAGES:
            if tag.startswith(language):
                return language
    return "zh"
