"""Who speaks to a view library: a camera, or a system below another one. Without a line: it says
what to ask next and hears what was answered."""

import re
from collections.abc import Mapping

import orjson

from devices import digest
from devices.wire import Request

TYPE = "application/VIID+JSON;charset=UTF-8"
REGISTER, UNREGISTER, KEEPALIVE, TIME = (
    f"/VIID/System/{word}" for word in ("Register", "UnRegister", "Keepalive", "Time")
)
_OURS = re.compile(r"\bdigest +(?=[a-z]+ *=)", re.IGNORECASE)
_OTHERS = re.compile(r",\s*(?:Basic|Bearer|Negotiate|NTLM)\b", re.IGNORECASE)
_MD5 = re.compile(r"algorithm *= *\"?MD5", re.IGNORECASE)


class Speaker:
    """Owns the challenge it was given last. `root`: what stands before `/VIID` on the request
    line."""

    def __init__(self, device: str, user: str, password: str, root: str = "") -> None:
        self.device = device
        self._root = root
        self._user, self._password = user, password
        self._challenge: Mapping[str, str] = {}
        self._counted = 0

    def register(self) -> Request:
        return self.asks("POST", REGISTER, self._about("RegisterObject"))

    def unregister(self) -> Request:
        return self.asks("POST", UNREGISTER, self._about("UnRegisterObject"))

    def keepalive(self) -> Request:
        return self.asks("POST", KEEPALIVE, self._about("KeepaliveObject"))

    def asks(self, method: str, path: str, body: bytes = b"") -> Request:
        """With credentials, once it was asked for them."""
        headers = {"user-identify": self.device, "content-type": TYPE}
        if self._challenge:
            self._counted += 1
            mark = f"{self._counted:016x}"
            headers["authorization"] = digest.authorization(
                self._challenge, method, self._root + path, self._user, self._password, mark
            )
        return Request(method=method, path=path, headers=headers, body=body)

    def challenged(self, headers: Mapping[str, str]) -> bool:
        """Hears a 401; whether it is worth asking again: it had no such challenge before."""
        asked = digest.fields(_digest(headers.get("www-authenticate", "")))
        if not asked.get("nonce") or asked.get("nonce") == self._challenge.get("nonce"):
            return False
        self._challenge = dict(asked)
        return True

    def done(self) -> None:
        """A nonce is used once: who comes back is asked anew."""
        self._challenge = {}

    def _about(self, name: str) -> bytes:
        return orjson.dumps({name: {"DeviceID": self.device, "ProtocolVersion": "1.0"}})


def _digest(offered: str) -> str:
    """The challenge that can be answered: several may stand in a header, of other schemes and
    with other algorithms."""
    each = [_OTHERS.split(one)[0] for one in _OURS.split(offered[:4096])[1:]]
    named = [one for one in each if "nonce" in one.lower()]
    best = next((one for one in named if _MD5.search(one) or "algorithm" not in one.lower()), "")
    return f"Digest {best or next(iter(named), '')}"
