"""Listening ports, looked at before they are used."""

import socket
from contextlib import ExitStack

from core.errors import EnvironmentFault


def check_port(host: str, port: int, key: str) -> None:
    """EnvironmentFault when something listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise EnvironmentFault(
                f"{host}:{port} cannot be listened on ({error.strerror}). "
                f"Stop what uses it or set `{key}` to another port."
            ) from error


def free_port() -> int:
    """A loopback port that is free now."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """So many loopback ports that are free now, each another one."""
    with ExitStack() as held:  # a port that is let go may be the next one that is found
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
