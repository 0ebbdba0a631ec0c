"""CONNECT: who is let in, with what, and what the others are told."""

import msgspec
import pytest

from edge.endpoint.access import access
from edge.endpoint.build import encode
from edge.endpoint.config import Client, Endpoint
from edge.endpoint.packets import Connack, Connect, Disconnect, Pingreq, Pingresp, Publish, Will
from edge.endpoint.password import Password, hashed
from edge.endpoint.properties import NONE, Properties
from edge.endpoint.reasons import Reason
from tests.fix_endpoint import Bench, Wire, endpoint

CLOSED = Endpoint(clients={"door-1": Client(password_file="p")})
SECRET = Password.from_text("opensesame!")


def bench(settings: Endpoint = CLOSED) -> Bench:
    return Bench(settings, {"door-1": SECRET})


def login(wire: Wire, user: str | None, password: bytes | None, name: str = "c") -> int:
    wire.say(Connect(wire.version, name, username=user, password=password))
    return wire.last(Connack).reason


@pytest.mark.parametrize("version", [4, 5])
def test_the_right_password_lets_in(version: int) -> None:
    table = bench()
    assert login(table.wire(version), "door-1", b"opensesame!") == 0
    assert table.counters.connections == table.counters.accepted == 1


@pytest.mark.parametrize(("version", "no"), [(4, 4), (5, 0x86)])
@pytest.mark.parametrize(
    ("user", "password"),
    [("door-1", b"opensesame"), ("door-1", b""), ("door-1", None), ("door-2", b"opensesame!")],
)
def test_wrong_ones_do_not(version: int, no: int, user: str, password: bytes | None) -> None:
    table = bench()
    if version == 4 and password is None:
        password = b""
    wire = table.wire(version)
    assert login(wire, user, password) == no
    assert wire.ended
    assert table.counters.connections == 0
    assert table.counters.refused == {"bad-credentials": 1}


@pytest.mark.parametrize(("version", "no"), [(4, 5), (5, 0x87)])
def test_nobody_in_particular_is_let_in_only_where_allowed(version: int, no: int) -> None:
    assert login(bench().wire(version), None, None) == no
    assert login(Bench(endpoint()).wire(version), None, None) == 0


def test_a_name_that_nobody_has_is_refused_even_where_anybody_may_come() -> None:
    assert login(Bench(endpoint()).wire(), "someone", b"x") == 4


class TestAnonymousBesideNamed:
    """Nobody is anybody else by calling itself so."""

    SETTINGS = Endpoint(anonymous=True, rate=10, burst=10, clients={"door-1": Client()})

    @pytest.mark.parametrize(("version", "no"), [(4, 5), (5, 0x87)])
    def test_a_client_id_that_is_a_user_name_is_refused(self, version: int, no: int) -> None:
        table = bench(self.SETTINGS)
        assert login(table.wire(version), None, None, "door-1") == no
        assert table.counters.refused == {"not-authorized": 1}
        assert login(table.wire(version), None, None, "door-2") == 0
        assert login(table.wire(version), "door-1", b"opensesame!", "door-1") == 0

    def test_a_certificates_name_is_not_known_beforehand_and_its_topics_are_nobodys(self) -> None:
        settings = msgspec.structs.replace(
            self.SETTINGS, client_ca_file="ca.pem", publish=("site/{user}/#", "open/#")
        )
        anybody, door = access(settings, "", "door-7"), access(settings, "door-7", "x")
        topics = "site/door-7/x", "open/x"
        assert [anybody.publish.permits(one) for one in topics] == [False, True]
        assert [door.publish.permits(one) for one in topics] == [True, True]
        assert not anybody.subscribe.permits("cmd/door-7/open")

    def test_they_share_no_rate(self) -> None:
        table = bench(self.SETTINGS)
        anybody, door = table.wire(), table.wire(common_name="door-7")
        login(anybody, None, None, "door-7")
        door.say(Connect(4, "x"))
        anybody.say(*(Publish("t", b"{}", 1, packet=n) for n in range(1, 20)))
        assert anybody.paused
        assert not door.paused
        door.say(*(Publish("t", b"{}", 1, packet=n) for n in range(1, 11)))
        assert len(table.delivered) == 20


def test_who_it_is_stands_in_no_log_that_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    """A client id may be a resident's telephone number."""
    caplog.set_level("INFO")
    wire = Bench().client("13800138000", version=5)
    wire.say(Connect(5, "again"))
    assert "192.0.2.1" in caplog.text
    assert "13800138000" not in caplog.text
    caplog.set_level("DEBUG")
    wire = Bench().client("13800138000", version=5)
    wire.say(Connect(5, "again"))
    assert "13800138000" in caplog.text


def test_passwords_stand_in_no_log_and_no_representation(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    login(bench().wire(), "door-1", b"hunter2!")
    assert "refused" in caplog.text
    assert "hunter2" not in caplog.text
    assert "opensesame" not in repr(SECRET)


class TestGuessing:
    def test_guesses_are_slowed_down_and_then_even_the_right_one_has_to_wait(self) -> None:
        table = bench()
        answers = [login(table.wire(), "door-1", b"guess%d" % n) for n in range(20)]
        assert answers == [4] * 5 + [3] * 15  # server unavailable: later
        assert login(table.wire(), "door-1", b"opensesame!") == 3
        table.wait(2)
        assert login(table.wire(), "door-1", b"opensesame!") == 0

    def test_the_wait_doubles(self) -> None:
        table = bench()
        tried = 0
        for _ in range(60):
            tried += login(table.wire(), "door-1", b"guess") == 4
            table.wait(1)
        assert tried == 10  # at 0, 1, 2, 3, 4, and then after 1, 2, 4, 8 and 16 seconds

    def test_another_name_or_address_does_not_suffer(self) -> None:
        table = Bench(CLOSED, {"door-1": SECRET, "door-2": SECRET})
        for _ in range(20):
            login(table.wire(), "door-1", b"guess")
        assert login(table.wire(), "door-2", b"opensesame!") == 0
        assert login(table.wire(address="192.0.2.9"), "door-1", b"opensesame!") == 0

    def test_an_address_that_tries_many_names_is_slowed_down_too(self) -> None:
        table = bench()
        answers = [login(table.wire(), f"name-{n}", b"x") for n in range(60)]
        assert answers[:50] == [4] * 50
        assert set(answers[50:]) == {3}


class TestHashes:
    def settings(self) -> tuple[Bench, Password]:
        held = Password.from_hash(hashed("opensesame!"))
        return Bench(CLOSED, {"door-1": held}), held

    @pytest.mark.parametrize(("password", "reason"), [(b"opensesame!", 0), (b"wrong", 4)])
    def test_are_checked_away_from_the_loop(self, password: bytes, reason: int) -> None:
        table, _ = self.settings()
        wire = table.wire()
        wire.say(Connect(4, "c", username="door-1", password=password))
        assert wire.sent == []
        assert wire.paused  # what it sends meanwhile stays where it is
        table.loop.finish_checks()
        assert wire.last(Connack).reason == reason

    def test_once_right_they_cost_nothing_again(self) -> None:
        table, _ = self.settings()
        for wire, waits in ((table.wire(), 1), (table.wire(), 0)):
            wire.say(Connect(4, "c", username="door-1", password=b"opensesame!"))
            assert len(table.loop.checks) == waits
            table.loop.finish_checks()
            assert wire.last(Connack).reason == 0

    def test_a_name_that_nobody_has_takes_as_long(self) -> None:
        table, _ = self.settings()
        table.wire().say(Connect(4, "c", username="nobody", password=b"x"))
        assert len(table.loop.checks) == 1

    def test_a_client_that_leaves_meanwhile_is_forgotten(self) -> None:
        table, _ = self.settings()
        wire = table.wire()
        wire.say(Connect(4, "c", username="door-1", password=b"opensesame!"))
        wire.vanish()
        table.loop.finish_checks()
        assert (wire.sent, table.counters.connections) == ([], 0)

    def test_what_it_sent_meanwhile_is_read_afterwards(self) -> None:
        table, _ = self.settings()
        wire = table.wire()
        hello = Connect(4, "c", username="door-1", password=b"opensesame!")
        wire.raw(encode(hello, 4) + encode(Pingreq(), 4))
        table.loop.finish_checks()
        assert [type(one) for one in wire.sent] == [Connack, Pingresp]
        assert not wire.paused


class TestCertificates:
    def test_the_common_name_is_who_it_is(self) -> None:
        table = bench(endpoint(publish=("site/{user}/#",)))
        wire = table.wire(common_name="door-7")
        wire.say(Connect(4, "anything"))
        wire.publish("site/door-7/x")
        assert [one.client for one in table.delivered] == ["door-7"]
        assert table.topics() == ["site/door-7/x"]

    @pytest.mark.parametrize(("user", "reason"), [("door-7", 0), ("door-1", 5)])
    def test_a_user_name_beside_it_may_only_repeat_it(self, user: str, reason: int) -> None:
        assert login(bench().wire(common_name="door-7"), user, b"opensesame!") == reason


class TestClientIds:
    @pytest.mark.parametrize("name", ["a.b", "a b", "*", ">", "+", "#", "a/b", "门", "x" * 300])
    @pytest.mark.parametrize("version", [4, 5])
    def test_any_is_a_name(self, name: str, version: int) -> None:
        table = Bench()
        table.client(name, version).publish("t")
        assert table.delivered[0].client == name

    def test_none_is_given_one(self) -> None:
        table = Bench()
        names = {table.client("", 5).last(Connack).properties.assigned_client_id for _ in range(3)}
        assert len(names) == 3
        assert all(names)

    def test_none_with_3_1_1_needs_a_clean_session(self) -> None:
        wire = Bench().wire()
        wire.say(Connect(4, "", clean=False))
        assert wire.last(Connack).reason == 2
        Bench().client("")


class TestTakeover:
    @pytest.mark.parametrize("version", [4, 5])
    def test_the_newer_connection_wins(self, version: int) -> None:
        table = Bench()
        old = table.client(version=version)
        new = table.client(version=version)
        assert old.ended
        assert [one.reason for one in old.all(Disconnect)] == [0x8E] * (version == 5)
        new.publish("t")
        assert len(table.delivered) == 1
        assert table.counters.connections == 1
        old.vanish()
        assert table.counters.connections == 1
        new.publish("t")

    def test_a_client_that_is_gone_without_notice_does_not_keep_the_new_one_out(self) -> None:
        table = Bench()
        table.client().reset = True
        table.client()
        assert table.counters.connections == 1

    def test_a_client_id_belongs_to_its_user(self) -> None:
        table = Bench(CLOSED, {"door-1": SECRET, "door-2": SECRET})
        mine, theirs = table.wire(), table.wire()
        login(mine, "door-1", b"opensesame!", "door-1")
        login(theirs, "door-2", b"opensesame!", "door-1")
        assert not mine.ended
        assert table.counters.connections == 2


class TestGranted:
    def test_connack_tells_the_bounds(self) -> None:
        told = Bench(endpoint(receive_maximum=9)).client(version=5).last(Connack).properties
        assert told.receive_maximum == 9
        assert told.maximum_packet_size == 1_100_000

    @pytest.mark.parametrize(("asked", "told"), [(120, 60), (60, None), (30, None), (0, 60)])
    def test_keep_alive(self, asked: int, told: int | None) -> None:
        wire = Bench().client(version=5, keep_alive=asked)
        assert wire.last(Connack).properties.server_keep_alive == told

    @pytest.mark.parametrize(("asked", "told"), [(999_999, 100), (100, None), (None, None)])
    def test_session_expiry(self, asked: int | None, told: int | None) -> None:
        wire = Bench(endpoint(session_expiry_max_s=100)).client(version=5, expiry=asked)
        assert wire.last(Connack).properties.session_expiry == told


class TestRefused:
    def test_another_protocol_is_told_nothing(self) -> None:
        for raw in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"\xc0\x00", b"\x00"):
            wire = Bench().wire()
            wire.raw(raw)
            assert (wire.sent, wire.ended) == ([], True)

    @pytest.mark.parametrize(
        ("name", "level", "answer"),
        [
            (b"\0\4MQTT", 3, b"\x20\x02\x00\x01"),
            (b"\0\6MQIsdp", 3, b"\x20\x02\x00\x01"),
            (b"\0\4MQTT", 6, b"\x20"),
            (b"\0\2hj", 4, b""),
        ],
    )
    def test_another_version_is_told_in_its_way(
        self, name: bytes, level: int, answer: bytes
    ) -> None:
        wire = Bench().wire(5 if level > 5 else 4)
        body = name + bytes((level, 2, 0, 0, 0, 1)) + b"x"
        wire.raw(b"\x10" + bytes((len(body),)) + body)
        assert b"".join(wire.writes)[: len(answer) or None] == answer
        assert wire.ended

    def test_a_second_connect(self) -> None:
        wire = Bench().client(version=5)
        wire.say(Connect(5, "again"))
        assert wire.last(Disconnect).reason == Reason.PROTOCOL_ERROR

    def test_more_than_there_is_room_for(self) -> None:
        table = Bench(endpoint(max_connections=2))
        for name in "ab":
            table.client(name)
        wire = table.wire()
        wire.say(Connect(4, "c"))
        assert wire.last(Connack).reason == 3
        table.client("a")  # who is here may come again

    def test_an_authentication_method(self) -> None:
        wire = Bench().wire(5)
        wire.say(Connect(5, "c", properties=Properties(authentication_method="SCRAM")))
        assert wire.last(Connack).reason == Reason.BAD_AUTHENTICATION_METHOD

    @pytest.mark.parametrize(("version", "no"), [(4, 5), (5, 0x87)])
    def test_a_will_on_a_topic_that_is_not_its_own(self, version: int, no: int) -> None:
        wire = Bench(endpoint(publish=("#", "!cmd/#"))).wire(version)
        wire.say(Connect(version, "c", will=Will("cmd/door-1/open", b"now")))
        assert wire.last(Connack).reason == no

    @pytest.mark.parametrize("words", [0, 1])
    def test_reasons_in_words_only_for_who_wants_them(self, words: int) -> None:
        wire = Bench().wire(5)
        will = Will("a/#", b"")
        wire.say(Connect(5, "c", will=will, properties=Properties(request_problem_info=words)))
        assert wire.last(Connack).reason == Reason.TOPIC_INVALID
        assert (wire.last(Connack).properties == NONE) is not bool(words)

    @pytest.mark.parametrize(("limit", "words"), [(511, False), (512, True), (None, True)])
    def test_nor_for_who_takes_small_packets_only(self, limit: int | None, words: bool) -> None:
        wire = Bench().client(version=5, maximum_packet_size=limit)
        wire.say(Connect(5, "again"))
        assert (wire.last(Disconnect).properties.reason_string is not None) is words

    def test_a_large_packet_before_it_is_known_who_it_is(self) -> None:
        wire = Bench().wire()
        wire.raw(b"\x10\xff\xff\x7f")
        assert wire.ended


class TestWaiting:
    def test_who_says_nothing_is_let_go(self) -> None:
        table = Bench(endpoint(connect_timeout_s=10))
        wire = table.wire()
        table.wait(9)
        assert not wire.closed
        table.wait(2)
        assert wire.closed
        assert table.counters.refused == {"connect-timeout": 1}
        assert table.counters.waiting == 0

    def test_the_oldest_goes_when_too_many_wait_so_who_speaks_gets_in(self) -> None:
        table = Bench(endpoint(max_waiting=5))
        idle = [table.wire() for _ in range(5000)]
        table.client()
        table.loop.run()
        assert sum(not one.closed for one in idle) <= 5
        assert table.counters.connections == 1
        assert len(table.context.members) <= 6
