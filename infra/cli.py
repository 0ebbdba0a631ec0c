"""`menwei`: the one command's way in and out.

Exit codes: 0 fine, 1 a finding, 2 usage or configuration, 3 the machine does not allow it, 70
stopped because going on could lose or falsify something.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from core.errors import ConfigError, EnvironmentFault, FatalError, Unavailable


def main() -> NoReturn:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    # It writes every address it asks, whole: with whatever stands in a query, every few seconds.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        code = _command(sys.argv[1:])()
    except ConfigError as error:
        code = _say(error, 2)
    except (EnvironmentFault, Unavailable) as error:
        code = _say(error, 3)
    except FatalError as error:
        logging.getLogger("menwei").critical("stopped: %s", error)
        # At once: a connection that is closed on the way out would try its checkpoint again, and
        # after a failed sync trying again can make a loss look like a success.
        logging.shutdown()
        os._exit(70)
    sys.exit(code)


def _command(words: list[str]) -> Callable[[], int]:
    """Agent, camera worker and witness, as a service starts them, do without the command line's
    library, which would cost a gateway a fifth of its memory; the rest goes the usual way."""
    match words:
        case ["edge", "--config", config]:
            return lambda: _edge(Path(config))
        case ["witness", "--config", config]:
            return lambda: _witness(Path(config))
        case ["camera", "--config", config]:
            return lambda: _camera(Path(config))
        case _:
            return _typed


def _edge(config: Path) -> int:
    from core.clock import SystemClock
    from edge import agent
    from edge import config as edge_config

    # The HTTP client brings a command line of its own along, with all that draws one: 5 MB.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # importlib: there is none
    asyncio.run(agent.run(edge_config.read(config), SystemClock()))
    return 0


def _witness(config: Path) -> int:
    from core.clock import SystemClock
    from infra.witness import config as witness_config
    from infra.witness import server

    asyncio.run(server.run(witness_config.read(config), SystemClock()))
    return 0


def _camera(config: Path) -> int:
    from infra.camera_commands import run

    return run(config)


def _typed() -> int:
    from infra.commands import app

    return int(app(standalone_mode=True) or 0)


def _say(error: Exception, code: int) -> int:
    print(f"menwei: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
