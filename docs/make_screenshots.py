"""Pictures of the review app for the README, from the project's own sample chats.

    python docs/make_screenshots.py

Writes docs/review-*.svg and docs/room-*.svg. The new answers, the criticism and the signals were
written by hand for these pictures; no model is asked.
"""

import asyncio
import html
import json
import re
import tempfile
from pathlib import Path

from rich.cells import cell_len

from curator.conversation import Conversation, Origin, Rewrite, Signal, Turn
from curator.review import open_session
from curator.store import Store
from curator.tui.app import ReviewApp
from curator.tui.house import House

#: A stretch of text in Rich's SVG, and the width of a cell in it.
TEXT = re.compile(r'(<text [^>]*?)textLength="[0-9.]+"([^>]*)>([^<]*)</text>')
CELL = 12.2
HERE = Path(__file__).parent
SAMPLES = HERE.parent / "sample_data"
ROLES = {"human": "user", "gpt": "assistant"}

BREAD = """\
Sourdough can be tricky! Two hours is the trouble: with 100 g of starter the dough has hardly \
begun to rise.

Let it ferment for **6 to 10 hours**, until it has grown by about half, and use warm water. \
You can also bake it at a higher temperature, about 240 °C, in a closed pot. Enjoy your bread!

How warm is your kitchen? Below 20 °C it takes longer."""
SQL = """\
```sql
SELECT c.id, c.name
FROM customers c
WHERE NOT EXISTS (
  SELECT 1 FROM orders o
  WHERE o.customer_id = c.id
    AND o.ordered_at >= DATE '2023-01-01'
    AND o.ordered_at < DATE '2024-01-01'
);
```

This keeps customers who never ordered, and drops those who ordered in 2023 *and* in other years."""
LEAVE = (
    "老师您好，我明天要去医院复查，想请一天假，落下的内容我会自己补上。"
    "如果需要病历证明，我回来后交给您。谢谢老师！"
)
#: (file, chat, turn, new answer, criticism, signals)
REWRITES = (
    (
        "sharegpt", 0, 1, BREAD,
        "The answer ignores the one number that explains the flat loaf, *bake after 2 hours*, and "
        "adds sugar, which the user then objects to. It should name the short rise first.",
        (Signal("", 0, "length_ratio", 2.4, True, "more than twice as long as the old answer"),
         Signal("", 0, "refusal", 0.0), Signal("", 0, "repetition", 0.02)),
    ),
    (
        "sharegpt", 1, 1, SQL,
        "The join drops customers without orders and keeps those who ordered in another year too. "
        "`NOT EXISTS` over the year says what was asked.",
        (Signal("", 0, "length_ratio", 2.2), Signal("", 0, "code_block_lost", 0.0)),
    ),
    (
        "zh", 0, 1, LEAVE,
        "原来的回答写给“领导”，没有说明什么时候、为什么请假；用户后来说明是写给老师的。",
        (Signal("", 0, "length_ratio", 1.3), Signal("", 0, "language_change", 0.0)),
    ),
)  # fmt: skip
#: name: (size, theme, keys)
PICTURES = {
    "side-by-side": ((120, 34), "curator-dark", ("J", "J")),
    "light": ((120, 34), "curator-light", ()),
    "small": ((80, 24), "curator-dark", ("J",)),
    "wide": ((180, 40), "curator-dark", ("v",)),
    "hunks": ((120, 30), "curator-dark", ("s", "t", "T")),
    "blind": ((120, 30), "curator-dark", ("J", "b")),
    "mono": ((100, 30), "curator-mono", ("J",)),
}


def fill(store: Store) -> None:
    """Put the sample chats and the rewrites into a store."""
    chats = {"sharegpt": list(_sharegpt()), "zh": list(_openai())}
    for name, chat, turn, answer, criticism, signals in REWRITES:
        conversation = chats[name][chat]
        store.conversations.add([conversation])
        rewrite = Rewrite(
            conversation.id, turn, criticism, answer, "by hand", "docs", shown=(turn + 1,)
        )
        store.rewrites.add([rewrite])
        store.signals.add(
            [
                Signal(conversation.id, turn, s.name, s.value, s.flagged, s.note, rewrite.id)
                for s in signals
            ],
            {signal.name: 1 for signal in signals},
            None,
        )


def _sharegpt() -> "list[Conversation]":
    rows = json.loads((SAMPLES / "chats_sharegpt.json").read_text(encoding="utf-8"))
    return [
        Conversation(
            tuple(Turn(ROLES[m["from"]], m["value"]) for m in row["conversations"]),  # type: ignore[arg-type]
            Origin("chats_sharegpt.json", line, "sharegpt"),
            {"language": "en"},
        )
        for line, row in enumerate(rows, 1)
        if all(m["from"] in ROLES for m in row["conversations"])
    ]


def _openai() -> "list[Conversation]":
    lines = (SAMPLES / "chats_zh.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Conversation(
            tuple(Turn(m["role"], m["content"]) for m in json.loads(line)["messages"]),
            Origin("chats_zh.jsonl", number, "openai"),
            {"language": "zh"},
        )
        for number, line in enumerate(lines, 1)
    ]


#: The rooms beside the review: name: (size, keys from home)
ROOMS = {
    "home": ((110, 30), ()),
    "library": ((110, 30), ("L", "j")),
    "conversation": ((110, 34), ("L", "enter")),
    "history": ((110, 30), ("V", "a", "x", "H", "j")),
    "palette": ((110, 30), ("L", "ctrl+p")),
}


def widened(svg: str) -> str:
    """The picture with texts as long as their cells are wide: Rich counts characters, and Chinese
    would be squeezed to half its width."""

    def measured(match: re.Match[str]) -> str:
        cells = cell_len(html.unescape(match[3]))
        return f'{match[1]}textLength="{cells * CELL:g}"{match[2]}>{match[3]}</text>'

    return TEXT.sub(measured, svg)


async def room_picture(name: str, path: Path) -> None:
    """Open the app at home, press the keys, save the screen."""
    size, keys = ROOMS[name]
    app = ReviewApp(begin=lambda: House(Store(path), "you"), first="home")
    async with app.run_test(size=size) as pilot:
        for key in ("", *keys):
            if key:
                await pilot.press(key)
            await pilot.pause(1.5)
        svg = app.export_screenshot(title="curator open")
    if app.house is not None:
        app.house.close()
    (HERE / f"room-{name}.svg").write_text(widened(svg) + "\n", encoding="utf-8")


async def picture(name: str, path: Path) -> None:
    """Open the app on the workspace, press the keys, save the screen."""
    size, theme, keys = PICTURES[name]
    with Store(path) as store:
        app = ReviewApp(open_session(store.desk, "you"))
        async with app.run_test(size=size) as pilot:
            app.theme = theme
            for key in keys:
                await pilot.pause(0.4)
                await pilot.press(key)
            await pilot.pause(0.4)
            svg = app.export_screenshot(title="curator review")
        app.work.close()
    (HERE / f"review-{name}.svg").write_text(widened(svg) + "\n", encoding="utf-8")


def main() -> None:
    """Make all pictures."""
    for name in PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "curator.duckdb"
            with Store(path) as store:
                fill(store)
            asyncio.run(picture(name, path))
            print(f"docs/review-{name}.svg")
    for name in ROOMS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "curator.duckdb"
            with Store(path) as store:
                run = store.runs.open("import", {"paths": ["sample_data"]})
                fill(store)
                store.runs.close(run, "finished", {"conversations": len(REWRITES)})
            asyncio.run(room_picture(name, path))
            print(f"docs/room-{name}.svg")


if __name__ == "__main__":
    main()
