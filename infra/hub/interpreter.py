"""How the hub's threads share one interpreter, and what its collector need not look at."""

import gc
import sys

# Seconds a thread keeps the interpreter while others want it. Each signature check and each
# statement gives it up and asks for it again: at Python's 5 ms a commit would wait as long for
# each of its frames behind whatever thread computes, a fold above all.
_TURN = 0.0005
# Objects made before the youngest are looked at. Events and rows hold no cycles and are not
# tracked; what remains are the lists and tuples of a page, thousands at once, all alive.
_YOUNG = 50_000


def share() -> None:
    """For this process, once it has imported all it needs."""
    sys.setswitchinterval(_TURN)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 100)
