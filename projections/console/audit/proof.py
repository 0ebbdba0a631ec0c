"""What the browser checks for itself; the server only says what is to be checked, and by which key
the log is pinned where this browser has seen none."""

from nicegui import ui

from core.tlog.lines import encoded
from core.tlog.log import TransparencyLog
from projections.console.texts import Words

_WORDS = (
    "busy", "holds", "grows", "broken", "unable", "again", "anew", "insecure", "unsigned", "frame",
    "payload", "signature", "leaf", "inclusion", "checkpoint", "witnesses", "first", "pinned",
    "consistent", "bytes", "raw", "rawnote", "rawpick", "rawsame", "rawother",
)  # fmt: skip


class Proof(ui.element, component="proof.js"):
    """Of an event's batch; with no position, of the log as such. `rawhash`: of the vendor's own
    bytes, against which a file can be held that never leaves the browser."""

    def __init__(
        self,
        words: Words,
        tlog: TransparencyLog,
        position: int = 0,
        index: int = 0,
        rawhash: str = "",
    ) -> None:
        super().__init__()
        self.props["position"] = position
        self.props["index"] = index
        self.props["logKey"] = encoded(tlog.key.public)
        self.props["rawhash"] = rawhash
        self.props["words"] = {one: words(f"proof.{one}") for one in _WORDS}
        self.classes("proof")
