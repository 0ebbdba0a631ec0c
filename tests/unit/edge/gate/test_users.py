"""A device is of the client it spoke through last."""

from edge.gate.users import Users


def test_a_connection_left_behind_takes_nobody_along() -> None:
    users = Users()
    users.speaks("panel-1", "reader")
    users.speaks("panel-1", "lock")
    users.speaks("panel-2", "reader")
    assert users.user("reader") == "panel-2"
    assert users.devices("panel-1") == ("lock",)
    assert users.devices("panel-2") == ("reader",)


def test_a_client_with_a_new_name_each_time_leaves_nothing_behind() -> None:
    users = Users()
    for number in range(100):
        users.speaks(f"auto-{number}", "reader")
    assert [n for n in range(100) if users.devices(f"auto-{n}")] == [99]


def test_a_bridges_devices_may_be_well_without_it() -> None:
    users = Users()
    for number in range(17):
        users.speaks("bridge", f"d{number}")
    assert users.devices("bridge") == ()
