"""What the rooms say, as text; write the golden files anew with GOLDEN=1 in the environment."""

import re

import pytest

from curator.store import Store
from tests.tui.halls import visit
from tests.tui.test_snapshots import SIZES, compare

WHEN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")


def still(lines):
    """The lines with what differs from run to run blanked out."""
    return [WHEN.sub("2026-01-02 03:04", line) for line in lines]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_each_room_looks_like_its_golden_file(workspace, size, monkeypatch):
    monkeypatch.setattr("curator.tui.app.INDEX_AFTER", 3600.0)  # else a race on the runs screen
    with Store(workspace) as store:
        run = store.runs.open("import", {"paths": ["chats.jsonl"]})
        store.runs.close(run, "finished", {"conversations": 5})
        store.hiding.hide([4], "dedup")

    async def script(v):
        screens = {}
        for key, room in (("O", "home"), ("L", "library"), ("W", "runs"), ("H", "history"),
                          ("S", "stats")):  # fmt: skip
            await v.press(key)
            await v.see("rewrites" if room in ("home", "stats") else "Enter")
            await v.settle()
            screens[room] = v.screen()
        await v.press("L", "j", "enter")
        await v.see("1 user")
        screens["conversation"] = v.screen()
        await v.press("question_mark")
        screens["room-help"] = v.screen()
        await v.press("escape", "ctrl+p")
        screens["palette"] = v.screen()
        return screens

    for name, lines in visit(workspace, script, size=size).items():
        compare(f"{name}-{size[0]}x{size[1]}", still(lines))
