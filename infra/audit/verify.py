"""`menwei audit verify`: the single-file verifier, with a bar on a terminal, and then what it
leaves out: the lists for readers."""

from rich.console import Console
from rich.progress import Progress

from infra.audit.evidence import Finding
from infra.audit.readers import compare
from infra.audit.verifier import Wish, audited


def verify(wish: Wish, language: str) -> int:
    console = Console(stderr=True)
    try:
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(wish.pack.name, total=None)
            held = audited(wish, lambda done, size: bar.update(task, completed=done, total=size))
            with wish.pack.open("rb") as file:
                compare(file, held)
    except Finding as found:
        print(found.told(language))
        return found.exit
    print(held.told(language, lists=True))
    return 0
