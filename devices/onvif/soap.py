"""The little SOAP 1.2 that ONVIF's event service needs: requests as bytes, answers as what is
wanted of them."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError, tostring
from xml.sax.saxutils import escape

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.errors import Undecodable
from devices.charset import text_of

EVENTS = "http://www.onvif.org/ver10/events/wsdl"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
NOTIFY = "http://docs.oasis-open.org/wsn/b-2"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
_ENCODING = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0"

_PULLPOINT = f"{EVENTS}/PullPointSubscription"
_MANAGER = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager"
ACTIONS = {
    "GetSystemDateAndTime": f"{DEVICE}/GetSystemDateAndTime",
    "GetCapabilities": f"{DEVICE}/GetCapabilities",
    "CreatePullPointSubscription": f"{EVENTS}/EventPortType/CreatePullPointSubscriptionRequest",
    "PullMessages": f"{_PULLPOINT}/PullMessagesRequest",
    "Renew": f"{_MANAGER}/RenewRequest",
    "Unsubscribe": f"{_MANAGER}/UnsubscribeRequest",
}
BODIES = {
    "GetSystemDateAndTime": f'<GetSystemDateAndTime xmlns="{DEVICE}"/>',
    "GetCapabilities": (
        f'<GetCapabilities xmlns="{DEVICE}"><Category>Events</Category></GetCapabilities>'
    ),
    "CreatePullPointSubscription": (
        f'<CreatePullPointSubscription xmlns="{EVENTS}">'
        "<InitialTerminationTime>PT%dS</InitialTerminationTime></CreatePullPointSubscription>"
    ),
    "PullMessages": (
        f'<PullMessages xmlns="{EVENTS}"><Timeout>PT%dS</Timeout>'
        "<MessageLimit>100</MessageLimit></PullMessages>"
    ),
    "Renew": f'<Renew xmlns="{NOTIFY}"><TerminationTime>PT%dS</TerminationTime></Renew>',
    "Unsubscribe": f'<Unsubscribe xmlns="{NOTIFY}"/>',
}


class Unreadable(Exception):
    """No XML, or none that may be read; the text is for the operator."""


class Fault(msgspec.Struct, frozen=True):
    codes: tuple[str, ...]  # from the outermost in, without prefixes
    reason: str


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    address: str
    references: tuple[str, ...] = ()  # elements that go back into the header of each request
    lasts_s: float = 60.0


class Proof(msgspec.Struct, frozen=True):
    """Who asks, by WS-UsernameToken; `created` by the device's own clock, or it refuses."""

    user: str
    password: str
    created: datetime


def type_of(operation: str) -> str:
    return f'application/soap+xml; charset=utf-8; action="{ACTIONS[operation]}"'


def request(
    operation: str, body: str, to: Subscription | None = None, proof: Proof | None = None
) -> bytes:
    header = f'<wsa:Action xmlns:wsa="{ADDRESSING}">{ACTIONS[operation]}</wsa:Action>'
    if to is not None:
        header += f'<wsa:To xmlns:wsa="{ADDRESSING}">{escape(to.address)}</wsa:To>'
        header += "".join(to.references)
    if proof is not None:
        header += _token(proof)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{_ENVELOPE}">'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """WS-Security UsernameToken Profile 1.0: base64 of SHA-1(nonce + created + password)."""
    hashed = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False)
    return base64.b64encode(hashed.digest()).decode()


def _token(proof: Proof) -> str:
    nonce = secrets.token_bytes(16)
    created = proof.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return (
        f'<wsse:Security s:mustUnderstand="true" xmlns:wsse="{_SECURITY}" xmlns:wsu="{_UTILITY}">'
        f"<wsse:UsernameToken><wsse:Username>{escape(proof.user)}</wsse:Username>"
        f'<wsse:Password Type="{_PROFILE}#PasswordDigest">'
        f"{password_digest(nonce, created, proof.password)}</wsse:Password>"
        f'<wsse:Nonce EncodingType="{_ENCODING}#Base64Binary">'
        f"{base64.b64encode(nonce).decode()}</wsse:Nonce>"
        f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security>"
    )


def read(payload: bytes) -> Element:
    try:
        told = text_of(payload)
    except Undecodable:
        told = payload.decode("utf-8", "replace")
    try:
        root: Element = fromstring(told.strip(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable(f"{type(error).__name__}: not taken from devices") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(f"no XML: {str(error)[:80]}") from error
    return root


def fault(root: Element) -> Fault | None:
    found = first(root, "Fault")
    if found is None:
        return None
    words = (
        (one.text or "").strip().rpartition(":")[2]
        for one in found.iter()
        if local(one) in ("Value", "faultcode")
    )
    # WS-BaseFaults names what is wrong by the element in Detail, not by a code.
    detail = first(found, "Detail")
    about = tuple(local(one) for one in detail) if detail is not None else ()
    reason = (
        first(found, "Text") if first(found, "Text") is not None else first(found, "faultstring")
    )
    told = "" if reason is None else " ".join((reason.text or "").split())
    return Fault((*filter(None, words), *about)[:8], told[:160])


def subscription(root: Element) -> Subscription | None:
    """Of an answer to CreatePullPointSubscription."""
    reference = first(root, "SubscriptionReference")
    address = None if reference is None else first(reference, "Address")
    if reference is None or address is None or not (address.text or "").strip():
        return None
    parameters = first(reference, "ReferenceParameters")
    references = () if parameters is None else tuple(map(_marked, list(parameters)[:8]))
    return Subscription(
        address=(address.text or "").strip(), references=references, lasts_s=lasts_s(root)
    )


def lasts_s(root: Element, default: float = 60.0) -> float:
    """From CurrentTime to TerminationTime, both by the device's clock."""
    began, ends = (_time(first(root, name)) for name in ("CurrentTime", "TerminationTime"))
    if began is None or ends is None:
        return default
    return min(max((ends - began).total_seconds(), 2.0), 86_400.0)


def clock(root: Element) -> datetime | None:
    """UTC of an answer to GetSystemDateAndTime."""
    told = first(root, "UTCDateTime")
    if told is None:
        return None
    parts = []
    for name in ("Year", "Month", "Day", "Hour", "Minute", "Second"):
        found = first(told, name)
        parts.append((found.text or "").strip() if found is not None else "")
    try:
        year, month, day, hour, minute, second = map(int, parts)
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def events_at(root: Element) -> str:
    """Address of the event service of an answer to GetCapabilities; empty: not told."""
    events = first(root, "Events")
    address = None if events is None else first(events, "XAddr")
    return "" if address is None else (address.text or "").strip()


def notifications(root: Element) -> Iterator[bytes]:
    for one in root.iter():
        if local(one) == "NotificationMessage":
            yield tostring(one, encoding="utf-8")


def first(root: Element, name: str) -> Element | None:
    return next((one for one in root.iter() if local(one) == name), None)


def local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _marked(element: Element) -> str:
    element.set(f"{{{ADDRESSING}}}IsReferenceParameter", "true")
    element.tail = None
    return tostring(element, encoding="unicode")


def _time(element: Element | None) -> datetime | None:
    try:
        found = (
            datetime.fromisoformat((element.text or "").strip()) if element is not None else None
        )
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
