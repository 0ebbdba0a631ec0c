"""Whenever a gateway dies, it never cosigns two histories of one log."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import durable
from core.errors import FatalError
from core.tlog import checkpoint
from edge.witness import evidence, state
from tests.fix_core import SEED
from tests.fix_gateway_witness import HubOf, Watching, grow, met

ROUNDS = 20
ROOT = Path(__file__).parents[2]
# What keeping a file consists of; the power goes before or after each.
STEPS = ("open", "fsync", "replace", "sync_directory")


class Cut(FatalError):
    """The power went."""


def dies(patched: pytest.MonkeyPatch, step: str, when: str) -> None:
    owner: Any = {"replace": Path, "sync_directory": durable}.get(step, os)
    run: Callable[..., Any] = getattr(owner, step)

    def done(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            raise Cut(step)
        run(*args, **kwargs)
        raise Cut(step)

    patched.setattr(owner, step, done)


def forked(hub: HubOf) -> None:
    """Another history from the beginning on, with our own batches in it."""
    hub.log.leaves[0] = bytes(32)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_between_a_checkpoint_and_its_cosignature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    """The first thing it is shown in this life: whatever came of it, one history is signed."""
    edge, hub = Watching(tmp_path), HubOf()
    grow(edge, hub)
    shown = hub.shows(edge.stream, 0)
    with monkeypatch.context() as patched:
        dies(patched, step, when)
        with pytest.raises(Cut):
            edge.witness.heard(shown)
        assert edge.witness.standing().cosignature == "", "nothing went out in that life"
    edge.restart()
    kept = edge.size
    assert kept in (0, hub.log.size)
    assert bool(edge.witness.standing().cosignature) is bool(kept)
    forked(hub)
    edge.witness.heard(hub.shows(edge.stream, edge.size))
    assert edge.witness.refused == ("forked" if kept else "")
    assert (edge.witness.standing().cosignature == "") is bool(kept)
    edge.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("file", ["evidence", "state"])
def test_between_a_fork_and_its_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, step: str, when: str
) -> None:
    """What was believed stays so, the fork is found again, and is said in this life or the next."""
    edge, hub = met(tmp_path)
    known = edge.kept
    forked(hub)
    with monkeypatch.context() as patched:
        if file == "state":
            patched.setattr(evidence, "write", lambda *_: "fork.json")
        dies(patched, step, when)
        with pytest.raises(Cut):
            edge.witness.heard(hub.shows(edge.stream, edge.size))
    edge.restart()
    assert edge.kept == known
    edge.witness.heard(hub.shows(edge.stream, edge.size))
    assert edge.witness.refused == "forked"
    assert set(edge.kinds) == {"log.refused.v1"}
    assert edge.kept == known
    edge.close()


def test_killed_at_any_moment_it_knows_what_it_has_signed(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    signed = 0
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        edge = Watching(folder)
        edge.commit()
        edge.close()
        texts = killed(folder, rng.randint(0, 12), rng.uniform(0.0, 0.01))
        signed += len(texts)
        edge = Watching(folder)
        hub = HubOf()
        hub.take(edge.stream)
        hub.log.others(2)
        if texts:
            size = int(texts[-1].split(" ")[1])
            assert edge.size in (size, size + 1), "what went out, and perhaps what was to"
        if edge.size > 1:
            hub.log.leaves[1] = bytes(32)
            hub.log.others(edge.size)
            hub.log.publish()
            edge.witness.heard(hub.shows(edge.stream, edge.size))
            assert edge.witness.refused == "inconsistent"
        edge.close()
    assert signed > ROUNDS, "it was killed in the middle of it"


def killed(folder: Path, cosigned: int, wait: float) -> list[str]:
    """The texts of the checkpoints that a life cosigned before it was killed, `wait` seconds after
    so many."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.gateway_witness_life", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    lines = [process.stdout.readline() for _ in range(cosigned)]
    try:
        process.wait(wait)
    except subprocess.TimeoutExpired:
        process.kill()
    lines += process.stdout.readlines()
    process.communicate()
    return [line.removesuffix("\n") for line in lines if line.endswith(" \n")]


def test_what_was_refused_is_what_the_next_life_refuses(tmp_path: Path) -> None:
    edge, hub = met(tmp_path)
    forked(hub)
    edge.witness.heard(hub.shows(edge.stream, edge.size))
    for _ in range(3):
        edge.restart()
        assert edge.witness.refused == "forked"
    told = state.read(tmp_path).told
    assert checkpoint.parse(told.encode()).head.size == hub.log.size
    edge.close()
