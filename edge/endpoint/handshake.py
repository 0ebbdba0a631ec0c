"""CONNECT: what is refused, what is granted, and the CONNACK that says so (MQTT 5 §3.1, §3.2)."""

import secrets

import msgspec

from edge.endpoint import build
from edge.endpoint.access import Access, access
from edge.endpoint.codec import V5, V311
from edge.endpoint.config import Endpoint
from edge.endpoint.packets import Connack, Connect
from edge.endpoint.properties import NONE, Properties
from edge.endpoint.reasons import ProtocolError, Reason, connack_311
from edge.endpoint.topics import is_name

_ASSIGNED = "menwei-"
_WORDY_BYTES = 512


class Terms(msgspec.Struct, frozen=True):
    """What this connection was granted."""

    access: Access
    session_expiry: int
    keep_alive: int
    wordy: bool  # the client wants reasons in words, and takes packets that hold some
    assigned: bool
    client_receive_maximum: int
    client_maximum_packet: int
    client_aliases: int


def check(connect: Connect) -> None:
    """What can be refused before asking who it is."""
    if connect.properties.authentication_method is not None:
        raise ProtocolError(Reason.BAD_AUTHENTICATION_METHOD, "no such method here")
    if not connect.client_id and connect.version != V5 and not connect.clean:
        raise ProtocolError(Reason.CLIENT_ID_NOT_VALID, "no client id, and a session to keep")


def terms(connect: Connect, user: str, endpoint: Endpoint) -> Terms:
    """For a client that is known by now; ProtocolError when its will, or its
    client id, is not permitted."""
    if not user and connect.client_id in endpoint.clients:
        raise ProtocolError(Reason.NOT_AUTHORIZED, "the client id is a user's name")
    client_id = connect.client_id or _ASSIGNED + secrets.token_hex(8)
    granted = access(endpoint, user, client_id)
    if connect.will is not None:
        topic = connect.will.topic
        if not is_name(topic) or len(topic) > endpoint.max_topic:
            raise ProtocolError(Reason.TOPIC_INVALID, "the will's topic")
        if not granted.publish.permits(topic):
            raise ProtocolError(Reason.NOT_AUTHORIZED, "the will's topic")
        if connect.will.properties.payload_format:
            try:
                connect.will.payload.decode()
            except UnicodeDecodeError as error:
                raise ProtocolError(
                    Reason.PAYLOAD_FORMAT_INVALID, "the will is not UTF-8"
                ) from error
    asked = connect.properties
    if connect.version == V5:
        expiry, keep_alive = asked.session_expiry or 0, connect.keep_alive
        if not 0 < keep_alive <= endpoint.keepalive_max_s:
            keep_alive = endpoint.keepalive_max_s
    else:  # cannot be told of another, so it is taken at its word
        expiry = 0 if connect.clean else endpoint.session_expiry_max_s
        keep_alive = connect.keep_alive
    limit = asked.maximum_packet_size or 0
    return Terms(
        access=granted,
        session_expiry=min(expiry, endpoint.session_expiry_max_s),
        keep_alive=keep_alive,
        wordy=asked.request_problem_info != 0 and not 0 < limit < _WORDY_BYTES,
        assigned=not connect.client_id,
        client_receive_maximum=asked.receive_maximum or 65_535,
        client_maximum_packet=limit,
        client_aliases=min(asked.topic_alias_maximum or 0, endpoint.topic_alias_max),
    )


def accepted(connect: Connect, given: Terms, endpoint: Endpoint, *, present: bool) -> bytes:
    if connect.version != V5:
        return build.encode(Connack(present), connect.version)
    asked = connect.properties.session_expiry or 0
    told = Properties(
        session_expiry=given.session_expiry if given.session_expiry != asked else None,
        assigned_client_id=given.access.client_id if given.assigned else None,
        server_keep_alive=given.keep_alive if given.keep_alive != connect.keep_alive else None,
        receive_maximum=endpoint.receive_maximum,
        topic_alias_maximum=endpoint.topic_alias_max,
        maximum_packet_size=endpoint.max_packet,
    )
    return build.encode(Connack(present, 0, told), V5)


def refused(code: Reason, words: str, version: int) -> bytes:
    """The CONNACK that says no; nothing where 3.1.1 has no word for it, or for who does not seem
    to speak MQTT at all."""
    if version >= V5:
        told = Properties(reason_string=words) if words else NONE
        return build.encode(Connack(reason=code, properties=told), V5)
    number = connack_311(code)
    if not version or number is None:
        return b""
    return build.encode(Connack(reason=number), V311)
