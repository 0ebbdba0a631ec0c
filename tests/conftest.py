"""Plugins, one fixture file a room, and the versions a failing run must be read with."""

import sqlite3

import zstandard
from cryptography import __version__ as cryptography_version
from hypothesis import settings

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
settings.register_profile("menwei", derandomize=True, database=None, deadline=None, print_blob=True)
settings.load_profile("menwei")


def pytest_report_header() -> str:
    zstd = ".".join(map(str, zstandard.ZSTD_VERSION))
    return f"sqlite {sqlite3.sqlite_version}, zstd {zstd}, cryptography {cryptography_version}"
