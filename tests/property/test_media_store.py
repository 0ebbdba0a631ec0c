"""However a file is cut, told of twice, or sent by several: it stands once, as it was."""

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.media.store import Damaged, Kept, MediaStore, Misplaced, Unlike

_SENDERS = ("c01/gw01", "c02/gw01")
_PIECES = st.lists(
    st.tuples(st.sampled_from(_SENDERS), st.integers(-3, 3), st.integers(0, 40)), max_size=30
)


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200), pieces=_PIECES, rot=st.integers(0, 199) | st.none())
def test_only_what_hashes_ever_stands(
    content: bytes, pieces: list[tuple[str, int, int]], rot: int | None
) -> None:
    """`pieces`: who sends, how far beside the right place, how much. `rot`: this byte of what is
    sent is another."""
    name = hashlib.sha256(content).hexdigest()
    sent = bytearray(content)
    if rot is not None and rot < len(sent):
        sent[rot] ^= 1
    sound = bytes(sent) == content
    with tempfile.TemporaryDirectory() as folder:
        store = MediaStore(Path(folder), 1_000)
        have = dict.fromkeys(_SENDERS, 0)
        stands = False
        for who, beside, size in pieces:
            offset = min(max(0, have[who] + beside), len(sent))
            try:
                found = store.take(
                    name, who, offset, bytes(sent[offset : offset + size]), len(sent)
                )
            except Misplaced as wrong:
                if wrong.have != have[who] or wrong.have == offset:
                    raise
                continue
            except Unlike:
                assert not sound
                have[who] = 0
                continue
            if isinstance(found, Kept):
                assert found.bytes == len(content)
                stands = True
                break
            have[who] = found
        assert store.there(name) == stands
        if stands:
            opened = store.open(name)
            with opened.file as file:
                assert file.read() == content
        else:
            with pytest.raises(Damaged, match="missing"):
                store.open(name)
