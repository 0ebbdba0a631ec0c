"""HTTP's digest authentication, as devices do it in HTTP and SIP: RFC 2617 with `qop` and the
older form without. MD5 is not our choice; it is the only one they know."""

import hashlib
import hmac
import re
from collections.abc import Mapping

_FIELD = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_LONGEST = 4096
_ASKED = ("username", "realm", "nonce", "uri", "response")


def challenge(realm: str, nonce: str, opaque: str = "", *, qop: bool, stale: bool = False) -> str:
    """Value of `WWW-Authenticate`."""
    fields = [f'realm="{realm}"', *(['qop="auth"'] if qop else []), f'nonce="{nonce}"']
    fields += [f'opaque="{opaque}"'] if opaque else []
    fields += ["stale=true"] if stale else []
    return f"Digest {', '.join(fields)}, algorithm=MD5"


def fields(header: str) -> Mapping[str, str]:
    """Of an `Authorization` or `WWW-Authenticate`, names in lower case; none of another scheme."""
    scheme, _, rest = header[:_LONGEST].strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    found = _FIELD.findall(rest)
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
        for name, quoted, bare in found
    }


def verifies(told: Mapping[str, str], method: str, password: str) -> bool:
    """Whether who wrote these fields knew the password. That the nonce was given, that the
    address is the one asked for, and who may use that name, is for the caller to say."""
    if any(not told.get(name) for name in _ASKED):
        return False
    qop = told.get("qop", "").lower()
    if qop not in ("", "auth") or told.get("algorithm", "MD5").upper() not in ("MD5", "MD5-SESS"):
        return False
    if qop and not (told.get("nc") and told.get("cnonce")):
        return False
    made = response(told, method, password)
    return hmac.compare_digest(made.encode(), told["response"].lower().encode())


def response(told: Mapping[str, str], method: str, password: str) -> str:
    """The 32 hex digits for these fields (username, realm, nonce, uri, and qop, nc, cnonce)."""
    nonce, qop, cnonce = told["nonce"], told.get("qop", "").lower(), told.get("cnonce", "")
    person = _md5(f"{told['username']}:{told['realm']}:{password}")
    if told.get("algorithm", "").upper() == "MD5-SESS":
        person = _md5(f"{person}:{nonce}:{cnonce}")
    asked = _md5(f"{method}:{told['uri']}")
    middle = f"{nonce}:{told.get('nc', '')}:{cnonce}:{qop}" if qop else nonce
    return _md5(f"{person}:{middle}:{asked}")


def authorization(
    asked: Mapping[str, str], method: str, uri: str, user: str, password: str, cnonce: str
) -> str:
    """Value of `Authorization` that answers the fields of a challenge, its first use of it."""
    told = {"username": user, "realm": asked.get("realm", ""), "nonce": asked.get("nonce", "")}
    told["uri"] = uri
    offered = [one.strip().lower() for one in asked.get("qop", "").split(",")]
    if "auth" in offered:
        told |= {"qop": "auth", "nc": "00000001", "cnonce": cnonce}
    if algorithm := asked.get("algorithm", ""):
        told["algorithm"] = algorithm
    told["response"] = response(told, method, password)
    bare = ("qop", "nc", "algorithm")
    made = [
        f"{name}={value}" if name in bare else f'{name}="{value}"' for name, value in told.items()
    ]
    if opaque := asked.get("opaque", ""):
        made.append(f'opaque="{opaque}"')
    return "Digest " + ", ".join(made)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(errors="replace"), usedforsecurity=False).hexdigest()
