"""What one more record of a device means for its counter, rule by rule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import rfc3339
from core.event import Origin, Record
from core.events.device import EpochRaised, GapDetected, GapFilled
from edge.records import Decision, Finding, Known, coalesced, decide, numbered_id
from edge.track import Track

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
SOURCE = "/c/c01/gw/gw01/dev/d1"


def moment(second: float) -> str:
    return rfc3339(START + timedelta(seconds=second))


class Counter:
    """One counter, its records a second apart unless a test says when one was made."""

    def __init__(self) -> None:
        self.track: Track | None = None

    def say(
        self,
        number: int,
        made: float | str | None = None,
        *,
        previous: int = -1,
        at: float | None = None,
        origin: Origin = "live",
        known: Known = "new",
        before: Known = "new",
    ) -> Decision:
        """`made`: seconds after START, a time as told, "" for none; default: as its number says.
        `at`: gateway's seconds; default: when it was made, or the number's second."""
        time = made if isinstance(made, str) else moment(number if made is None else made)
        second = at if at is not None else made if isinstance(made, int | float) else number
        record = Record("n", number, previous)
        found = decide(self.track, record, time, moment(second), origin, known, before)
        if found.track is not None:
            self.track = found.track
        return found

    def says(self, *numbers: int) -> None:
        for number in numbers:
            self.say(number)

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        assert self.track is not None
        return self.track.gaps


def gap(start: int, end: int, epoch: int = 1) -> GapDetected:
    return GapDetected(from_record=start, to_record=end, method="n", epoch=epoch)


def filled(start: int, end: int, epoch: int = 1) -> GapFilled:
    return GapFilled(from_record=start, to_record=end, method="n", epoch=epoch)


def raised(epoch: int, last: int, record: int) -> EpochRaised:
    return EpochRaised(method="n", epoch=epoch, last_record=last, record=record)


def outcome(found: Decision) -> tuple[Any, ...]:
    return (found.verdict, found.epoch, *found.findings)


@pytest.fixture
def counter() -> Counter:
    return Counter()


def test_ids_of_the_first_epoch_are_the_adapters() -> None:
    assert numbered_id("hik:a:1:9", 1) == "hik:a:1:9"
    assert numbered_id("hik:a:1:9", 3) == "hik:a:1:9:e3"


def test_the_first_record_ever_opens_no_gap(counter: Counter) -> None:
    assert outcome(counter.say(9001, previous=9000)) == ("accept", 1)


@pytest.mark.parametrize(("known", "verdict"), [("same", "duplicate"), ("other", "conflict")])
def test_an_id_from_before_counting_began(counter: Counter, known: Known, verdict: str) -> None:
    assert outcome(counter.say(9001, known=known)) == (verdict, 1)
    assert counter.track is None


def test_one_after_the_other(counter: Counter) -> None:
    for number in (0, 1, 2, 3):
        assert outcome(counter.say(number)) == ("accept", 1)
    assert counter.gaps == ()


def test_a_jump_is_a_gap_however_wide(counter: Counter) -> None:
    counter.say(10)
    assert outcome(counter.say(12)) == ("accept", 1, gap(11, 11))
    assert outcome(counter.say(2**53 - 1, 13)) == ("accept", 1, gap(13, 2**53 - 2))
    assert counter.gaps == ((11, 11), (13, 2**53 - 2))


def test_a_link_shows_what_was_never_pushed(counter: Counter) -> None:
    counter.say(10, previous=9)
    assert outcome(counter.say(20, previous=10)) == ("accept", 1)
    assert outcome(counter.say(30, previous=25)) == ("accept", 1, gap(21, 25))
    counter.say(31, origin="backfill")
    assert outcome(counter.say(40, previous=30)) == ("accept", 1)


def test_records_a_search_brought_do_not_break_the_link(counter: Counter) -> None:
    """8 was pushed; 9 and 10, never pushed, came by search; 15 says it follows 8."""
    counter.say(8, previous=7)
    counter.say(9, origin="backfill")
    counter.say(10, origin="backfill")
    assert outcome(counter.say(15, previous=8)) == ("accept", 1)


@pytest.mark.parametrize("previous", [-1, 5, 0])
def test_a_link_that_contradicts_what_is_here_is_not_believed(
    counter: Counter, previous: int
) -> None:
    """Nor is a 0 of firmware that links nothing."""
    for number in (8, 9, 10):
        counter.say(number, previous=0)
    assert outcome(counter.say(15, previous=previous)) == ("accept", 1, gap(11, 14))


def test_late_records_shrink_and_split_a_gap(counter: Counter) -> None:
    counter.says(1, 10)
    assert outcome(counter.say(5)) == ("accept", 1, filled(5, 5))
    assert outcome(counter.say(2, origin="backfill")) == ("accept", 1, filled(2, 2))
    assert outcome(counter.say(4)) == ("accept", 1, filled(4, 4))
    assert outcome(counter.say(3)) == ("accept", 1, filled(3, 3))
    assert counter.gaps == ((6, 9),)
    assert outcome(counter.say(11)) == ("accept", 1)


@pytest.mark.parametrize(
    ("previous", "start", "left"),
    [
        (1, 2, ((6, 9),)),  # the one before the gap
        (3, 4, ((2, 3), (6, 9))),  # one of the gap, itself still missing
        (4, 5, ((2, 4), (6, 9))),
        (0, 5, ((2, 4), (6, 9))),
        (-1, 5, ((2, 4), (6, 9))),
    ],
)
def test_a_late_record_fills_what_its_link_leaves_out(
    counter: Counter, previous: int, start: int, left: tuple[tuple[int, int], ...]
) -> None:
    counter.says(1, 10)
    assert outcome(counter.say(5, previous=previous)) == ("accept", 1, filled(start, 5))
    assert counter.gaps == left


def test_a_link_past_the_gaps_beginning_fills_no_more_than_itself(counter: Counter) -> None:
    counter.says(3, 4, 10)
    assert outcome(counter.say(7, previous=3)) == ("accept", 1, filled(7, 7))


def test_redelivery_is_a_duplicate_and_nothing_else(counter: Counter) -> None:
    counter.says(1, 2, 5)
    for number in (1, 2, 5):
        before = counter.track
        assert outcome(counter.say(number, known="same")) == ("duplicate", 1)
        assert counter.track == before


def test_facts_of_one_record_share_its_number(counter: Counter) -> None:
    counter.says(1, 5)
    for number, second in ((5, 5), (3, 3)):
        assert counter.say(number, second).verdict == "accept"
        # Even when the clock was set back meanwhile: it is the same record.
        assert outcome(counter.say(number, second + 9999)) == ("accept", 1)
    assert counter.gaps == ((2, 2), (4, 4))


def test_a_counter_that_stands_still_does_not_run_backwards(counter: Counter) -> None:
    counter.say(7, 0)
    for second in range(100, 1000, 100):
        assert outcome(counter.say(7, second)) == ("accept", 1)
    counter.say(6, 0)
    assert outcome(counter.say(7, 2000)) == ("accept", 1)


@pytest.mark.parametrize(
    ("origin", "made"), [("backfill", 9999), ("replay", 9999), ("manual", 9999), ("live", 50)]
)
def test_history_from_before_the_first_contact(
    counter: Counter, origin: Origin, made: float
) -> None:
    counter.says(100, 101)
    assert outcome(counter.say(50, made, origin=origin)) == ("accept", 1)
    assert outcome(counter.say(102)) == ("accept", 1)


def test_a_counter_that_ran_backwards(counter: Counter) -> None:
    counter.says(100, 101)
    assert outcome(counter.say(3, 160)) == ("accept", 2, raised(2, 101, 3))
    assert outcome(counter.say(4, 161)) == ("accept", 2)
    assert outcome(counter.say(7, 164)) == ("accept", 2, gap(5, 6, 2))
    assert outcome(counter.say(5, 162)) == ("accept", 2, filled(5, 5, 2))
    assert outcome(counter.say(2, 159)) == ("accept", 2)  # older than what told of the reset
    assert counter.gaps == ((6, 6),)


def test_records_stamped_out_of_order_are_no_reset(counter: Counter) -> None:
    counter.say(100, 10)
    assert outcome(counter.say(99, 12)) == ("accept", 1)
    assert outcome(counter.say(98, 12.1)) == ("accept", 2, raised(2, 100, 98))


def test_used_numbers_with_other_content(counter: Counter) -> None:
    counter.says(1, 2, 3)
    assert outcome(counter.say(2, known="other")) == ("conflict", 1)
    assert outcome(counter.say(3, known="other")) == ("conflict", 1)
    assert outcome(counter.say(2, 1.5, known="other", origin="backfill")) == ("conflict", 1)
    assert outcome(counter.say(1, 60, known="other")) == ("accept", 2, raised(2, 3, 1))


def test_a_search_may_be_the_first_to_see_a_used_number_again(counter: Counter) -> None:
    counter.says(1, 2, 3)
    found = counter.say(1, 60, known="other", origin="backfill")
    assert outcome(found) == ("accept", 2, raised(2, 3, 1))


def test_a_reset_takes_the_clock_along(counter: Counter) -> None:
    """Until its clock is set a terminal lives in 2000; that none came before, it says."""
    for number in (1, 2, 3):
        counter.say(number, previous=number - 1)
    never_set = "2000-01-01T00:00:0{}+08:00"
    anew = counter.say(1, never_set.format(1), previous=0, at=60, known="other")
    assert outcome(anew) == ("accept", 2, raised(2, 3, 1))
    follows = counter.say(2, never_set.format(2), previous=1, at=61, before="other")
    assert outcome(follows) == ("accept", 2)
    assert outcome(counter.say(3, 70, previous=2, before="other")) == ("accept", 2)


def test_an_unset_clock_alone_raises_nothing(counter: Counter) -> None:
    counter.says(10, 11)
    unset = "2000-01-01T00:00:01+08:00"
    assert outcome(counter.say(3, unset, at=60)) == ("accept", 1)
    assert outcome(counter.say(10, unset, at=61, known="other")) == ("conflict", 1)


def test_a_memory_that_began_anew_without_counting_anew(counter: Counter) -> None:
    counter.say(10, previous=9)
    assert outcome(counter.say(11, previous=0)) == ("accept", 1)
    found = counter.say(5000, 60, previous=0)
    assert outcome(found) == ("accept", 2, raised(2, 11, 5000))
    counter.say(5001, 61, origin="backfill")
    assert outcome(counter.say(5007, 62, previous=5000)) == ("accept", 2)
    searched = counter.say(5009, 63, previous=0, origin="backfill")
    assert outcome(searched) == ("accept", 2, gap(5008, 5008, 2))
    used = counter.say(5009, 63, previous=0, origin="backfill", known="other")
    assert outcome(used) == ("conflict", 2)


def test_a_wrong_clock_makes_no_gap_and_no_reset(counter: Counter) -> None:
    for number, told in enumerate(
        ("2026-03-02T15:00:00+08:00", "2036-02-07T06:28:16Z", "2000-01-01T00:00:30Z",
         "2026-03-02T07:00:01Z", "", "2026-03-02T06:00:00Z"), start=1,
    ):  # fmt: skip
        assert outcome(counter.say(number, told)) == ("accept", 1)


def test_a_straggler_across_a_corrected_clock(counter: Counter) -> None:
    """3 was made while the clock stood in 2036, or in 2000; it comes when the clock is right."""
    for told in ("2036-02-07T06:28:16Z", "2000-01-01T00:00:30Z"):
        counter.track = None
        for number in (1, 2, 4):
            counter.say(number, told, at=number)
        counter.say(5, at=3605)
        assert outcome(counter.say(3, told, at=3606)) == ("accept", 1, filled(3, 3))
        assert outcome(counter.say(0, told, at=3607)) == ("accept", 1)


def test_a_small_correction_does_not_turn_a_straggler_into_a_reset(counter: Counter) -> None:
    counter.says(1, 2, 4)
    counter.say(5, 4 - 60)  # set back by a minute
    assert outcome(counter.say(3, 3)) == ("accept", 1, filled(3, 3))


def test_a_clock_that_stood_in_2036_hides_no_reset(counter: Counter) -> None:
    for number in (1, 100):
        counter.say(number, "2036-02-07T06:28:16Z", at=0)
    assert outcome(counter.say(1, 600, known="other")) == ("accept", 2, raised(2, 100, 1))
    # By such a clock nobody can tell a straggler, so none is looked for.
    assert outcome(counter.say(2, 601)) == ("accept", 2)
    assert outcome(counter.say(5, 604)) == ("accept", 2, gap(3, 4, 2))


def test_a_clock_in_the_wrong_zone_is_compared_with_itself(counter: Counter) -> None:
    ahead = 8 * 3600
    counter.say(100, 100 + ahead, at=100)
    assert outcome(counter.say(99, 99 + ahead, at=101)) == ("accept", 1)
    found = counter.say(1, 40_000 + ahead, at=40_000)
    assert outcome(found) == ("accept", 2, raised(2, 100, 1))


def test_a_gateway_that_started_without_a_clock(counter: Counter) -> None:
    """Its own wrong past must not make every late record of a device look new."""
    counter.say(1, 1, at=-1_700_000_000)
    counter.say(5, 5, at=-1_699_999_996)
    assert outcome(counter.say(3, 3, at=60)) == ("accept", 1, filled(3, 3))
    assert outcome(counter.say(0, 0, at=61)) == ("accept", 1)


def test_a_live_number_inside_a_gap_that_was_made_long_after_is_a_reset(counter: Counter) -> None:
    """One mad number must not turn all that follow into late ones."""
    counter.says(1, 2)
    counter.say(2**50, 3)
    assert outcome(counter.say(3, 4)) == ("accept", 1, filled(3, 3))
    assert outcome(counter.say(4, 304)) == ("accept", 2, raised(2, 2**50, 4))
    assert outcome(counter.say(5, 305)) == ("accept", 2)


def test_devices_without_a_clock(counter: Counter) -> None:
    for number in (200, 201, 205):
        counter.say(number, "", at=number)
    assert outcome(counter.say(202, "", at=206)) == ("accept", 1, filled(202, 202))
    assert outcome(counter.say(199, "", at=207)) == ("accept", 1)
    assert outcome(counter.say(205 - 64, "", at=208)) == ("accept", 1)
    assert outcome(counter.say(1, "", at=209)) == ("accept", 2, raised(2, 205, 1))
    # Next in line, and by chance with the same words as in the epoch before.
    assert outcome(counter.say(2, "", at=210, before="same")) == ("accept", 2)
    assert outcome(counter.say(9, "", at=211, before="same")) == ("duplicate", 1)
    assert outcome(counter.say(1, "", at=212, known="other")) == ("accept", 3, raised(3, 2, 1))
    again = counter.say(1, "", at=213, known="other", origin="backfill")
    assert outcome(again) == ("conflict", 3)


def test_a_gap_of_a_device_without_a_clock_is_filled_from_far(counter: Counter) -> None:
    for number in (10, 200):
        counter.say(number, "", at=number)
    assert outcome(counter.say(50, "", at=201)) == ("accept", 1, filled(50, 50))


def test_a_time_that_is_missing_once_makes_no_duplicate(counter: Counter) -> None:
    counter.says(1000, 1001)
    counter.say(999, 2000)
    assert outcome(counter.say(1000, "", at=2001, before="same")) == ("accept", 2)
    assert outcome(counter.say(1000, before="same", known="same")) == ("duplicate", 2)


def test_redelivery_from_the_epoch_before_is_no_jump(counter: Counter) -> None:
    counter.says(1000, 1001)
    counter.say(1, 1100)
    assert outcome(counter.say(1001, before="same")) == ("duplicate", 1)
    assert outcome(counter.say(2, 1101)) == ("accept", 2)


def test_stragglers_of_the_epoch_before_go_where_they_belong(counter: Counter) -> None:
    counter.says(1000, 1005)
    counter.say(1, 2000)
    assert outcome(counter.say(1002)) == ("accept", 1, filled(1002, 1002))
    assert outcome(counter.say(1008)) == ("accept", 1, gap(1006, 1007))
    assert outcome(counter.say(990, origin="backfill")) == ("accept", 1)
    assert outcome(counter.say(1000, origin="backfill", before="other")) == ("conflict", 1)
    assert outcome(counter.say(2, 2001)) == ("accept", 2)
    assert counter.track is not None
    assert counter.track.before is not None
    assert counter.track.before.gaps == ((1001, 1001), (1003, 1004), (1006, 1007))


def test_a_straggler_whose_number_the_new_epoch_has_used(counter: Counter) -> None:
    counter.says(1, 3, 4)
    counter.say(1, 100, known="other")
    counter.say(2, 101)
    assert outcome(counter.say(2, 2, known="other")) == ("accept", 1, filled(2, 2))


def test_a_straggler_that_would_be_next_in_line(counter: Counter) -> None:
    counter.says(1, 3, 4)
    counter.say(1, 100, known="other")
    assert outcome(counter.say(2, 2)) == ("accept", 1, filled(2, 2))
    assert outcome(counter.say(2, 101, before="other")) == ("accept", 2)


def test_a_clock_set_back_after_a_reset_sends_nothing_to_the_old_epoch(counter: Counter) -> None:
    counter.says(1000, 1001)
    counter.say(1, 9000)
    for number in (2, 3):
        assert outcome(counter.say(number, number, at=9001, before="other")) == ("accept", 2)
    assert outcome(counter.say(5, 5, at=9002, before="other")) == ("accept", 2, gap(4, 4, 2))
    assert outcome(counter.say(7, 7, at=9003)) == ("accept", 2, gap(6, 6, 2))


def test_of_the_epochs_one_before_is_remembered(counter: Counter) -> None:
    counter.says(1000, 1001)
    counter.say(500, 2000)
    counter.say(1, 3000)
    assert counter.track is not None
    assert counter.track.before is not None
    assert (counter.track.epoch, counter.track.before.epoch) == (3, 2)
    assert counter.track.before.before is None


def test_open_gaps_are_bounded_and_the_lowest_is_forgotten(counter: Counter) -> None:
    counter.says(*range(0, 2 * 65 + 1, 2))
    assert len(counter.gaps) == 64
    assert counter.gaps[0] == (3, 3)
    assert outcome(counter.say(1)) == ("accept", 1)
    assert outcome(counter.say(3)) == ("accept", 1, filled(3, 3))
    counter.track = None
    counter.says(0, *range(100, 2 * 63 + 101, 2))
    counter.say(50)
    assert len(counter.gaps) == 64
    assert counter.gaps[0] == (51, 99)  # a split, and no room for the lower half


def test_filled_ranges_are_told_as_one_where_they_touch() -> None:
    found: list[tuple[str, Finding]] = [
        (SOURCE, filled(5, 5)), (SOURCE, gap(9, 9)), (SOURCE, filled(3, 4)), ("x", filled(6, 6)),
        (SOURCE, filled(6, 6)), (SOURCE, filled(8, 8)), (SOURCE, filled(7, 7, 2)),
    ]  # fmt: skip
    assert coalesced(found) == [
        (SOURCE, gap(9, 9)), (SOURCE, filled(3, 6)), (SOURCE, filled(8, 8)), ("x", filled(6, 6)),
        (SOURCE, filled(7, 7, 2)),
    ]  # fmt: skip
