"""A log's side of the witness protocol: where a witness stands, what its answers mean. Pure."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Literal

from core.errors import BadProof
from core.tlog import checkpoint, note
from core.tlog.lines import decimal
from core.tlog.note import Note, Signature, VerifierKey
from core.tlog.published import Published
from core.tlog.witness import Submission

Reason = Literal["unknown", "untrusted", "unfit", "inconsistent", "ahead", "forgot"]
_REASONS: dict[int, Reason] = {
    HTTPStatus.NOT_FOUND: "unknown",
    HTTPStatus.FORBIDDEN: "untrusted",
    HTTPStatus.UNPROCESSABLE_ENTITY: "inconsistent",
}


class NotCosigned(BadProof):
    """`known` is the size at which the witness stands, where it matters."""

    def __init__(self, reason: Reason, detail: str, known: int = 0) -> None:
        super().__init__(reason, detail)
        self.word = reason
        self.known = known


class Submitting:
    """Owns what is known of one witness: `stands` is the size it cosigned last by its own word,
    `kept` the largest whose cosignature the log holds."""

    def __init__(self, keys: Collection[VerifierKey]) -> None:
        self.keys = keys
        self.stands = 0
        self.kept = 0

    def recall(self, published: Published) -> None:
        """After a start: what stands under the newest checkpoint already."""
        if len(cosigned_before(published, self.keys)) == len(self.keys):
            self.stands = self.kept = published.size

    def ask(self, published: Published) -> Submission:
        """What to send. Blocks for the tree's nodes."""
        proof = published.consistency(self.stands)
        return Submission(self.stands, tuple(proof), published.checkpoint)

    def heard(self, published: Published, status: int, body: bytes) -> tuple[Signature, ...]:
        """Its cosignatures, verified; none where it has to be asked again, from elsewhere.
        NotCosigned says why there will be none."""
        if status == HTTPStatus.CONFLICT:
            self._moved(published, body)
            return ()
        if status != HTTPStatus.OK:
            reason = _REASONS.get(status, "unfit")
            raise NotCosigned(reason, f"{status} {_said(body)}", self.stands)
        try:
            lines = body.decode("utf-8").removesuffix("\n").split("\n")
            made = Note(published.checkpoint.note.text, tuple(map(note.signature, lines)))
            signatures = note.opened(made, self.keys)
        except (UnicodeDecodeError, BadProof) as error:
            raise NotCosigned("unfit", f"its cosignature: {error}") from error
        if not all(map(note.cosigned_at, signatures)):
            raise NotCosigned("unfit", "its cosignature says no time")
        self.stands = published.size
        return signatures

    def _moved(self, published: Published, body: bytes) -> None:
        try:
            known = decimal(body.decode("ascii").removesuffix("\n"))
        except (UnicodeDecodeError, BadProof) as error:
            raise NotCosigned("unfit", f"409 without a size: {_said(body)}") from error
        if known > published.size:
            detail = f"it cosigned {known} leaves, {published.size} were ever published"
            raise NotCosigned("ahead", detail, known)
        kept, self.stands = self.kept, known
        if known < kept:
            self.kept = known  # said once; it is asked on from there
            raise NotCosigned("forgot", f"it cosigned {kept} leaves and knows of {known}", known)


def cosigned_before(published: Published, keys: Collection[VerifierKey]) -> set[VerifierKey]:
    """Whose cosignature stands under it. Nobody's where one does not hold: all are asked again."""
    try:
        return set(checkpoint.cosigners(published.checkpoint, keys))
    except BadProof:
        return set()


def _said(body: bytes) -> str:
    return repr(body[:100].decode("utf-8", "replace").strip())
