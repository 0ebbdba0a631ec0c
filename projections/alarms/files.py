"""Rule sets and cases as files: those shipped beside the program, and a compound's own."""

from pathlib import Path

from core.errors import ConfigError
from projections.alarms.rules import Book
from projections.alarms.validation import read

SHIPPED = Path(__file__).with_name("rules.toml")


def text_at(path: Path) -> str:
    """ConfigError when it can not be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def load(path: Path) -> Book:
    """ConfigError when it may not be used."""
    return read(text_at(path), str(path))
