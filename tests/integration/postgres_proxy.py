"""A TCP proxy before a server: it can swallow answers, and hang up on everybody."""

import contextlib
import socket
import threading
from types import TracebackType


class Proxy:
    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._swallowing = threading.Event()
        self.swallowed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.hang_up()

    def swallow_the_next_answer(self) -> None:
        """What the server says next goes nowhere, and both ends are hung up."""
        self._swallowing.set()

    def hang_up(self) -> None:
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                try:
                    server = socket.create_connection(self._to)
                except OSError:
                    client.close()
                    continue
                self._pairs.append((client, server))
                for one, other, answers in ((client, server, False), (server, client, True)):
                    threading.Thread(
                        target=self._pass, args=(one, other, answers), daemon=True
                    ).start()

    def _pass(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError), one:
            while data := one.recv(1 << 16):
                if answers and self._swallowing.is_set():
                    self._swallowing.clear()
                    self.swallowed.set()
                    self.hang_up()
                    break
                other.sendall(data)
            other.shutdown(socket.SHUT_RDWR)
