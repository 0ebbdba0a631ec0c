"""Frigate's objects live from `new` to `end`; a camera that went dark comes back."""

from datetime import timedelta

from tests.unit.simulate.conftest import Day


def test_every_object_is_new_once_and_ends_once(day: Day) -> None:
    assert len(day.tracks) > 10_000
    for track, life in day.tracks.items():
        phases = [phase for phase, _, _ in life]
        assert phases[0] == "new", track
        assert set(phases[1:-1]) <= {"update"}
        ended = phases[-1] == "end"
        assert ended or life[-1][2] > day.end - timedelta(minutes=1)
        assert len({camera for _, camera, _ in life}) == 1


def test_all_six_cameras_see_something_every_hour(day: Day) -> None:
    seen = {(camera, at.hour) for life in day.tracks.values() for _, camera, at in life}
    assert len(seen) == 6 * 24


def test_a_lost_picture_is_restored_and_nothing_new_is_seen_between(day: Day) -> None:
    dark: dict[str, tuple[object, ...]] = {}
    spans = []
    for said in day.said:
        if said.type == "camera.video.lost.v1":
            assert said.body["subject"] not in dark
            dark[said.body["subject"]] = (said.at,)
        elif said.type == "camera.video.restored.v1":
            spans.append((said.body["subject"], *dark.pop(said.body["subject"]), said.at))
    assert len(spans) >= 2
    assert all(since[0] > day.end - timedelta(minutes=12) for since in dark.values())  # type: ignore[operator]
    for life in day.tracks.values():
        _, camera, born = life[0]
        assert not any(
            subject == f"camera/{camera}" and lost < born < back for subject, lost, back in spans
        )
