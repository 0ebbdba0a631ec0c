"""Loopback ports for servers that a test starts, stops and starts again.

They lie below those that the kernel gives to whoever asks for none in particular, each is given
once in a run, and runs beside each other have blocks of their own: nobody takes one before its
server listens, or while it is away.
"""

import atexit
import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_FIRST, _BLOCK = 12_000, 100
_GIVEN_BY_KERNEL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def _blocks() -> int:
    try:
        beyond = int(_GIVEN_BY_KERNEL.read_text().split()[0])
    except OSError:
        beyond = 32_768
    return max(beyond - _FIRST, 10_000) // _BLOCK


def _ports() -> Iterator[int]:
    many = _blocks()
    for number in itertools.islice(itertools.count(os.getpid()), many):
        first = _FIRST + number % many * _BLOCK
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # until this process ends
        try:
            claim.bind(("127.0.0.1", first))
        except OSError:  # another run's
            claim.close()
            continue
        atexit.register(claim.close)
        yield from range(first, first + _BLOCK)


_PORTS = _ports()


def free_port() -> int:
    """That nobody listens on."""
    for port in _PORTS:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port is free")
