"""Ports that are found free."""

import socket

from infra.ports import free_ports


def test_each_is_another_one_and_can_be_listened_on() -> None:
    found = free_ports(200)
    assert len(set(found)) == 200
    listening = [socket.create_server(("127.0.0.1", port)) for port in found]
    for one in listening:
        one.close()
