"""Loopback ports for servers that a test starts, stops and starts again.

They lie below those that the kernel gives to whoever asks for none in particular, and each is given
once in a run: nobody takes one before its server listens, or while it is away.
"""

import itertools
import os
import socket
from pathlib import Path

_FIRST = 12_000
_GIVEN_BY_KERNEL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def _room() -> int:
    try:
        beyond = int(_GIVEN_BY_KERNEL.read_text().split()[0])
    except OSError:
        beyond = 32_768
    return max(beyond - _FIRST, 10_000)


_ROOM = _room()
_NUMBERS = itertools.count(os.getpid() * 7919)  # runs beside each other begin elsewhere


def free_port() -> int:
    """That nobody listens on."""
    for number in itertools.islice(_NUMBERS, _ROOM):
        port = _FIRST + number % _ROOM
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port is free")
