"""What goes into every audit pack as it is: verifier, format of the frame, the hub's own policy."""

from collections.abc import Mapping
from pathlib import Path

from infra.audit.single import single

_HERE = Path(__file__).parent
# In an installed package it stands here, in a checkout where people read it.
_FORMAT = (_HERE / "batch-format.md", _HERE.parent.parent / "docs" / "batch-format.md")


def pack_files(policy: Path | None) -> Mapping[str, bytes]:
    """By their names in a pack. `policy`: whose word this hub asks for; None: nobody's."""
    files = {"verify.py": single().encode()}
    found = next((one for one in _FORMAT if one.is_file()), None)
    if found is not None:
        files["batch-format.md"] = found.read_bytes()
    if policy is not None:
        files["quorum"] = policy.read_bytes()
    return files
