"""Plugins, one fixture file a room, and the versions a failing run must be read with."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
import zstandard
from cryptography import __version__ as cryptography_version
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.fix_core",
    "tests.fix_broker",
    "tests.fix_edge",
    "tests.fix_uplink",
    "tests.fix_views",
    "tests.fix_history",
    "tests.fix_day",
    "tests.fix_postgres",
]

# The same examples in every run: a red test is red for everybody.
# How long one takes is the machine's affair.
settings.register_profile(
    "menwei", derandomize=True, database=None, deadline=None, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("menwei")


_PROCESSES = [Path(__file__).parent / name for name in ("integration", "crash")]


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """What starts processes and waits for them takes long where the machine is busy."""
    for item in items:
        if item.path.parent in _PROCESSES and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(600))


def pytest_report_header() -> str:
    zstd = ".".join(map(str, zstandard.ZSTD_VERSION))
    return f"sqlite {sqlite3.sqlite_version}, zstd {zstd}, cryptography {cryptography_version}"
