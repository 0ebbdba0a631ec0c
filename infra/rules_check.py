"""`menwei rules check`: is a rule file fit for use, and does the desk show what its cases say?"""

from pathlib import Path

from core.errors import ConfigError
from infra.hub.rules import check_size
from projections.alarms.cases import check_cases
from projections.alarms.cases import load as load_cases
from projections.alarms.files import SHIPPED, load


def check(file: Path, cases: Path | None) -> int:
    """0; 1 when a case fails or a rule has none, each on a line of its own. ConfigError for a
    file that may not be used at all."""
    book = load(file)
    check_size(book)
    found = load_cases(cases or beside(file))
    wrong = check_cases(book, found)
    for line in wrong:
        print(line)
    verdict = f"{len(wrong)} findings" if wrong else f"set {book.sha256[:12]} is fit for use"
    print(f"{file}: {len(book.rules)} rules, {len(found)} cases: {verdict}")
    return 1 if wrong else 0


def beside(file: Path) -> Path:
    """The file's own cases, or those of its folder. A set without cases is not checked."""
    own = file.with_name(f"{file.stem}.cases.toml")
    for path in (own, file.with_name("cases.toml")):
        if path.is_file():
            return path
    raise ConfigError(
        f"{own}: there is none. Write the cases of its rules there, name them with --cases, or "
        f"begin with those of {SHIPPED.parent.name}/cases.toml."
    )
