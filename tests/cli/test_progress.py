"""What a log shows of a run that waits."""

import io

import pytest

from curator.cli import progress
from curator.cli.progress import Lines, Stop


def test_a_log_says_every_ten_seconds_what_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now, out = [0.0], io.StringIO()
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    lines = Lines(Stop(), lambda: "batch b: 10 of 40, about 3 min left", out)
    lines.begin(40, "rewrites")
    for _ in range(100):
        now[0] += 0.25
        lines.look()
    told = out.getvalue().splitlines()
    assert told[1:] == ["rewrites: 0 of 40, batch b: 10 of 40, about 3 min left"] * 2


def test_looking_does_not_stop_what_is_on_its_way() -> None:
    stop = Stop()
    stop.asked.set()
    Lines(stop, lambda: "", io.StringIO()).look()
