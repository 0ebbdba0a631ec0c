"""The verifier as one file, `verify.py`: its halves, without what one imports of the other."""

import re
from pathlib import Path

_OURS = re.compile(r"^from infra\.audit\.evidence import \([^)]*\)\n", re.MULTILINE)


def single() -> str:
    first, second = (
        Path(__file__).with_name(name).read_text("utf-8") for name in ("evidence.py", "verifier.py")
    )
    return f"{first}\n\n{_OURS.sub('', second)}"
