"""The laboratory's own instruments: the account sees a loss, the proxy cuts where it should, a
run can be taken up again."""

import socket
from pathlib import Path

import pytest

from tests.crash.lab import account, proxy, report
from tests.crash.lab.account import Wrong
from tests.crash.lab.proxy import Proxy, Splitter, Weather
from tests.crash.lab.record import Begun, Record
from tests.crash.lab.rig import Edge, look
from tests.crash.lab.tally import Campaign, Tally, Unit
from tests.fix_edge import native


def event(id: str, type: str = "door.opened.v1", **data: object) -> dict[str, object]:
    return {"source": "/s", "id": id, "type": type, "data": data}


def test_an_account_that_balances() -> None:
    found = account.settle(["1", "2"], [event("1"), event("2"), event("gw:g:1"), event("3")])
    found.close()
    assert (found.stored, found.declared) == (3, 0)


def test_a_loss_and_a_double_are_named() -> None:
    found = account.settle(["1", "2"], [event("1"), event("1")])
    assert (found.lost, found.doubled) == (("2",), ("/s 1",))
    with pytest.raises(Wrong, match="1 lost"):
        found.close()


def test_what_was_refused_is_counted_apart() -> None:
    gap = event("gw:g:2", "journal.gap.declared.v1", count=7)
    assert account.settle([], [gap]).declared == 7


def test_a_chain_with_a_batch_taken_out(tmp_path: Path) -> None:
    edge = Edge(tmp_path)
    for record in range(4):
        edge.rig.take(native(record))
    edge.close()
    (frames,) = (found for found in look(tmp_path).frames.values() if len(found) > 2)
    account.chain(frames)
    with pytest.raises(Wrong, match="does not follow"):
        account.chain([*frames[:1], *frames[2:]])
    with pytest.raises(Wrong, match="does not hold"):
        account.chain([*frames[:1], frames[1][:-1] + bytes([frames[1][-1] ^ 1])])


def test_packets_are_found_in_a_stream() -> None:
    publish = bytes([0x32, 0x83, 0x01]) + b"\x00\x03a/b" + bytes(126)
    puback = b"\x40\x02\x00\x01"
    splitter, found = Splitter(), []
    for byte in publish + puback:
        found += splitter.feed(bytes([byte]))
    assert found == [publish, puback]
    assert [proxy.packet_type(one) for one in found] == [proxy.PUBLISH, proxy.PUBACK]
    assert [proxy.topic_of(one) for one in found] == ["a/b", ""]


def test_a_packet_is_dropped_and_the_next_one_comes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as far, Proxy(far.getsockname()[1]) as hop:
        hop.weather = Weather(drop=lambda packet: packet[-1] == 1, slice=1)
        near = socket.create_connection(("127.0.0.1", hop.port))
        end, _ = far.accept()
        near.sendall(b"\x40\x02\x00\x01\x40\x02\x00\x02")
        end.settimeout(60)
        received = b""
        while len(received) < 4:
            received += end.recv(10)
        assert received == b"\x40\x02\x00\x02"
        hop.reset()
        with pytest.raises(ConnectionResetError):
            near.recv(10)
        near.close()
        end.close()


def test_a_run_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    path, begun = tmp_path / "state.jsonl", Begun(1, 0.5)
    unit = Unit("flips", 3, 10, 4)
    Record(path, begun).add(unit, Tally(trials=10, counts={"x": 2}))
    with path.open("ab") as file:
        file.write(b'{"type":"done","unit":{"camp')  # the process died here
    again = Record(path, begun)
    assert again.has(unit)
    assert again.tallies()["flips"].counts == {"x": 2}
    with pytest.raises(ValueError, match="seed 1"):
        Record(path, Begun(2, 0.5))


def test_units_are_all_trials_and_a_control_is_whole() -> None:
    def nothing(unit: Unit) -> Tally:
        return Tally()

    campaign = Campaign(name="a", title="A", trials=1000, unit=300, run=nothing)
    assert [unit.trials for unit in campaign.units(0.65, 7)] == [300, 300, 50]
    assert [unit.seed for unit in campaign.units(0.65, 7)] == [7, 8, 9]
    control = Campaign(name="c", title="C", trials=1000, unit=1000, run=nothing, control=True)
    assert [unit.trials for unit in control.units(0.1, 7)] == [1000]
    tallies = {"a": Tally(trials=9, failed=1, failures=["lost"]), "c": Tally(trials=1000)}
    assert report.failed([campaign, control], tallies) == [
        "a: lost",
        "c: the control lost nothing that was seen",
    ]
    assert "NOT SEEN" in report.markdown(report.rows([control], tallies), [], [], "make faults")
