"""Reason codes of MQTT 5 (§2.4), their MQTT 3.1.1 forms, and the error that carries one."""

from enum import IntEnum

from core.errors import Refused


class Reason(IntEnum):
    SUCCESS = 0x00
    DISCONNECT_WITH_WILL = 0x04
    NO_SUBSCRIPTION_EXISTED = 0x11
    UNSPECIFIED = 0x80
    MALFORMED = 0x81
    PROTOCOL_ERROR = 0x82
    UNSUPPORTED_VERSION = 0x84
    CLIENT_ID_NOT_VALID = 0x85
    BAD_CREDENTIALS = 0x86
    NOT_AUTHORIZED = 0x87
    SERVER_UNAVAILABLE = 0x88
    SERVER_BUSY = 0x89
    SERVER_SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    TAKEN_OVER = 0x8E
    FILTER_INVALID = 0x8F
    TOPIC_INVALID = 0x90
    PACKET_ID_NOT_FOUND = 0x92
    RECEIVE_MAXIMUM_EXCEEDED = 0x93
    TOPIC_ALIAS_INVALID = 0x94
    PACKET_TOO_LARGE = 0x95
    QUOTA_EXCEEDED = 0x97
    PAYLOAD_FORMAT_INVALID = 0x99
    SHARED_NOT_SUPPORTED = 0x9E


_CONNACK_311 = {
    Reason.SUCCESS: 0,
    Reason.UNSUPPORTED_VERSION: 1,
    Reason.CLIENT_ID_NOT_VALID: 2,
    Reason.SERVER_UNAVAILABLE: 3,
    Reason.SERVER_BUSY: 3,
    Reason.QUOTA_EXCEEDED: 3,
    Reason.BAD_CREDENTIALS: 4,
    Reason.NOT_AUTHORIZED: 5,
}


def connack_311(reason: Reason) -> int | None:
    """The return code of 3.1.1 (§3.2.2.3); None where it has none and can only close."""
    return _CONNACK_311.get(reason)


class ProtocolError(Refused):
    """Bytes or behaviour outside the protocol, or what this server does not allow; ends the
    connection. `reason` is the code's name in lower case: a metric label."""

    def __init__(self, code: Reason, detail: str) -> None:
        super().__init__(code.name.lower().replace("_", "-"), detail)
        self.code = code


def malformed(detail: str) -> ProtocolError:
    return ProtocolError(Reason.MALFORMED, detail)


def breach(detail: str) -> ProtocolError:
    return ProtocolError(Reason.PROTOCOL_ERROR, detail)
