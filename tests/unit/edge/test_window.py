"""The uplink's flow control without a network: what is lost comes again, and no more than that."""

import random
from collections import deque

import pytest

from edge.window import Window

RESEND, BLOCKED, WINDOW = 5.0, 30.0, 64


def sent(window: Window, head: int, now: float = 0.0) -> list[int]:
    """Sends all there is room for."""
    numbers = []
    while window.room(head):
        window.went(window.sent + 1, now)
        numbers.append(window.sent)
    return numbers


def test_no_more_than_the_window_goes_unanswered() -> None:
    window = Window(10, RESEND)
    assert sent(window, 500) == list(range(11, 11 + WINDOW))
    window.took(12, 0.1)
    assert sent(window, 500) == [11 + WINDOW, 12 + WINDOW]
    window.took(12, 0.2)
    assert sent(window, 500) == []


def test_nothing_unanswered_means_no_timer() -> None:
    window = Window(0, RESEND)
    assert window.wait(0.0) is None
    sent(window, 2, now=1.0)
    assert window.wait(2.0) == 4.0
    window.took(1, 3.0)
    assert window.wait(3.0) == RESEND  # progress: patience starts again
    window.took(2, 4.0)
    assert window.wait(4.0) is None


def test_silence_is_broken_by_one_batch_at_a_time() -> None:
    window = Window(0, RESEND)
    sent(window, 100)
    window.expire(RESEND - 0.1)
    assert sent(window, 100) == []
    window.expire(RESEND)
    assert sent(window, 100, RESEND) == [1]
    window.expire(2 * RESEND)
    assert sent(window, 100, 2 * RESEND) == [1]
    window.took(1, 11.0)
    assert sent(window, 100, 11.0) == list(range(2, 2 + WINDOW))


def test_silence_lasts_no_longer_because_there_is_more_to_send() -> None:
    """New batches all the time must not put off the next try: that was a stall for ever."""
    window = Window(0, RESEND)
    head, tries, now = 64, 0, 0.0
    sent(window, head)
    while now < 60:
        now, head = now + 0.1, head + 1
        window.expire(now)
        tries += len(sent(window, head, now))
        window.took(0, now)  # and neither must the hub saying again what it said
    assert tries >= 10


def test_one_lost_batch_costs_one_window() -> None:
    window = Window(0, RESEND)
    sent(window, 64)
    answers = [window.gap(0, number, 0.1) for number in range(2, 65)]
    assert answers == [True] + [False] * 62
    assert sent(window, 64, 0.1) == list(range(1, 65))
    assert not any(window.gap(0, number, 0.2) for number in range(2, 65))
    window.took(64, 0.3)
    assert (window.held, window.sent) == (64, 64)


def test_a_second_loss_behind_the_first_is_seen_at_once() -> None:
    window = Window(0, RESEND)
    sent(window, 200)
    assert window.gap(0, 2, 0.1)
    sent(window, 200, 0.1)
    window.took(40, 0.2)  # 41 was lost in the second pass
    sent(window, 200, 0.2)
    assert not window.gap(40, 50, 0.3)  # may be of the first pass
    assert window.gap(40, 66, 0.3)  # can not be
    assert sent(window, 200, 0.3)[0] == 41


def test_a_gap_that_is_closed_already_moves_nothing_back() -> None:
    window = Window(0, RESEND)
    sent(window, 64)
    window.took(64, 0.1)
    assert not window.gap(64, 2, 0.1)
    assert not window.gap(0, 2, 0.1)  # an old refusal, late or replayed
    assert (window.held, window.sent) == (64, 64)


def test_a_hub_that_lost_what_it_had() -> None:
    window = Window(500, RESEND)
    assert sent(window, 501) == [501]
    assert window.gap(0, 501, 0.1)
    assert sent(window, 501, 0.1) == list(range(1, 65))  # a window, not all five hundred
    window.took(10, 0.2)
    assert not window.gap(0, 75, 0.3)  # may be from before the hub lost anything
    window.expire(0.2 + RESEND)
    assert sent(window, 501, 5.3) == [11]
    assert window.gap(0, 11, 5.4)  # lost once more: this one tells
    assert window.held == 0


def test_refused_one_probe_at_a_time() -> None:
    window = Window(0, RESEND)
    sent(window, 100)
    assert window.refuse("unknown-gateway", 0.0)
    assert not window.refuse("unknown-gateway", 0.0)  # the other 63
    probes = []
    for now in (half / 2 for half in range(1, 601)):
        window.expire(now)
        for number in sent(window, 100, now):
            probes.append((number, now))
            assert not window.refuse("unknown-gateway", now)
    assert probes == [(1, BLOCKED * (n + 1)) for n in range(10)]
    window.took(1, 300.0)
    assert window.refused == ""
    assert sent(window, 100, 300.0) == list(range(2, 2 + WINDOW))


def test_what_stands_behind_a_refused_batch_is_no_gap() -> None:
    """Batch 5 is refused, so 6, 7, … are out of order at the hub: no reason to send them again."""
    window = Window(4, RESEND)
    sent(window, 100)
    window.refuse("source", 0.1)
    assert not any(window.gap(4, number, 0.2) for number in range(6, 69))
    assert window.refused == "source"
    assert sent(window, 100, 0.3) == []


def test_enrolled_again_at_a_hub_that_knows_nothing() -> None:
    window = Window(500, RESEND)
    sent(window, 600)
    window.refuse("unknown-gateway", 0.1)
    window.expire(0.1 + BLOCKED)
    assert sent(window, 600, 31.0) == [501]
    assert window.gap(0, 501, 31.1)
    assert (window.refused, window.held) == ("", 0)


def test_a_new_connection_starts_from_the_cursor() -> None:
    window = Window(0, RESEND)
    sent(window, 64)
    window.gap(0, 2, 0.1)
    window.refuse("chain", 0.2)
    window.begin(3)
    assert (window.held, window.sent, window.refused) == (3, 3, "chain")
    assert window.wait(0.3) is None
    assert sent(window, 64, 0.3) == [4]


class Wire:
    """A hub behind a line that loses, delays and repeats; time goes in steps of 0.1 s."""

    def __init__(self, seed: int, head: int) -> None:
        self._random = random.Random(seed)
        self.loss = self._random.choice((0.0, 0.02, 0.2, 0.5))
        self.window = Window(0, RESEND)
        self.head, self.holds, self.sends, self.now = head, 0, 0, 0.0
        self.up: deque[int] = deque()
        self.down: deque[tuple[int, int]] = deque()  # committed, number refused as gap or 0
        self.most = 0  # batches beyond what the hub holds, at any time

    def step(self) -> None:
        self.now += 0.1
        self.window.expire(self.now)
        for number in sent(self.window, self.head, self.now):
            self.sends += 1
            self.most = max(self.most, number - self.window.held)
            self._carry(self.up, number)
        self._hub()
        self._receipts()

    def lose(self, down_to: int) -> None:
        """The hub is put back to an older state of its log."""
        self.holds = min(self.holds, down_to)

    def _carry(self, way: deque[int], number: int) -> None:
        if self._random.random() >= self.loss:
            way.append(number)
            if self._random.random() < 0.05:
                way.append(number)

    def _hub(self) -> None:
        for _ in range(self._random.randrange(40)):
            if not self.up:
                return
            number = self.up.popleft()
            if number > self.holds + 1:
                answer = (self.holds, number)
            else:
                self.holds = max(self.holds, number)
                answer = (self.holds, 0)
            if self._random.random() >= self.loss:
                self.down.append(answer)

    def _receipts(self) -> None:
        if self._random.random() < 0.2 and len(self.down) > 1:
            self.down.rotate(1)  # out of order
        for _ in range(self._random.randrange(40)):
            if not self.down:
                return
            committed, refused = self.down.popleft()
            self.window.took(committed, self.now)
            if refused:
                self.window.gap(committed, refused, self.now)


@pytest.mark.parametrize("run", range(60))
def test_whatever_the_line_does_everything_arrives(seed: int, run: int) -> None:
    wire = Wire(seed + run, head=400)
    while wire.window.held < wire.head:
        assert wire.now < 3600, f"stalled at {wire.window.held} (loss {wire.loss})"
        wire.step()
        assert wire.window.held <= wire.holds
    assert wire.most <= WINDOW
    if wire.loss == 0.0:
        assert wire.sends <= 1.05 * wire.head + WINDOW


@pytest.mark.parametrize("run", range(20))
def test_even_when_the_hub_is_put_back(seed: int, run: int) -> None:
    wire = Wire(seed + run, head=300)
    back = random.Random(run)
    for _ in range(4):
        for _ in range(back.randrange(300)):
            wire.step()
        wire.lose(back.randrange(wire.holds + 1))
    wire.head += 1  # the hub's loss shows when there is something new to send
    while wire.holds < wire.head or wire.window.held < wire.head:
        assert wire.now < 3600, f"stalled at {wire.window.held}, hub {wire.holds}"
        wire.step()
    assert wire.most <= WINDOW
