"""The pack's first page, for somebody who has never seen one."""

from pathlib import Path
from string import Template

from core.tlog.checkpoint import Checkpoint

_PAGE = Path(__file__).with_name("readme.md")


def readme(made: str, checkpoint: Checkpoint) -> bytes:
    head = checkpoint.head
    page = Template(_PAGE.read_text(encoding="utf-8"))
    return page.substitute(
        made=made,
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        cosigners=len(checkpoint.note.signatures) - 1,
    ).encode()
