"""A small workspace to review: English, Chinese, emoji, code, and text that attacks a terminal."""

import random

from curator.conversation import Conversation, Origin, Rewrite, Signal, Turn

HOSTILE = (
    "A\x1b]52;c;cHduZWQ=\x1b\\B\x1b[31mC\x1b]8;;http://evil.example\x1b\\D\x9b31mE\x9d0;t\x9cF\x00G\x07"
    "H\x08I\rJ\x7fK\u202eL\u200bM [/foo/bar] }, [/* deps */]); [@click=app.quit]x[/] [b"
)
PAIRS = (
    (
        ("How do I boil an egg?", "It has to be soft."),
        "Put the egg in water and boil it for twelve minutes. Then cool it.",
        "Put the egg in boiling water for **six minutes** for a soft yolk. Then cool it at once.",
        "The person later says that it has to be soft; the old answer makes it hard.",
    ),
    (
        ("怎么泡绿茶？", "我用的是龙井。"),
        "用开水泡绿茶，五分钟以后再喝。",
        "用八十度的水泡绿茶，两分钟以后就可以喝。水太热会让茶变苦。",
        "原来的回答没有说明水温，后面的问题说明用的是龙井。",
    ),
    (
        ("Say hello 👋🏽 to my family 👩‍👩‍👧‍👦", "也要中文 please"),
        "Hello 👋! Nice to meet you 😀.",
        "Hello 👋🏽👩‍👩‍👧‍👦! 大家好 — nice to meet you all 😀🎉.",
        "Chinese was wanted: 也要中文。",
    ),
    (
        ("How do I add in Python?", "It fails with strings."),
        "Like so:\n\n```python\ndef add(a, b):\n    return a + b\n```\n\nThat is all.",
        "Like so:\n\n```python\ndef add(a, b):\n    return int(a) + int(b)\n```\n\n- `int` reads "
        "numbers from text\n- it raises *ValueError* otherwise\n\nThat is all.",
        "The old code **joins** texts.",
    ),
    (
        (HOSTILE, HOSTILE),
        "Quiet. " + HOSTILE,
        "Quiet! " + HOSTILE + " \u202dend",
        "Criticism " + HOSTILE,
    ),
)
SIGNALS = (
    ("length_ratio", 2.4, True, "more than twice as long as the old answer"),
    ("repetition", 0.03, False, ""),
)


def fill(store, pairs=PAIRS):
    """Put the chats, their rewrites and signals into a store; the ids of the rewrites."""
    conversations, rewrites = [], []
    for number, (said, before, after, criticism) in enumerate(pairs):
        chat = Conversation(
            (
                Turn("user", said[0]),
                Turn("assistant", before),
                *(Turn("user", text) for text in said[1:]),
                Turn("assistant", "Then do that."),
            ),
            Origin("chats.jsonl", number + 1, "sharegpt"),
            {"language": "en"},
        )
        conversations.append(chat)
        rewrites.append(
            Rewrite(chat.id, 1, criticism, after, "tiny", "prompt", shown=(2,), evidence=(2,))
        )
    store.conversations.add(conversations)
    store.rewrites.add(rewrites)
    store.signals.add(
        [Signal(r.conversation_id, 1, *signal, r.id) for r in rewrites for signal in SIGNALS],
        {name: 1 for name, *_ in SIGNALS},
        None,
    )
    return [rewrite.id for rewrite in rewrites]


def hostile_pairs(count, seed=7):
    """`count` chats of seeded nastiness: every class of sequence, in every field."""
    rng = random.Random(seed)
    pieces = [
        *("\x1b[2J", "\x1b[31m", "\x1b]0;title\x07", "\x1b]52;c;YQ==\x07", "\x1b]8;;x\x1b\\"),
        *("\x1bP1$r\x1b\\", "\x1b_apc\x1b\\", "\x1bc", "\x1b[?1049l", "\x1b[6n", "\x9b5n"),
        *("\x90q\x9c", "\x9d0;x\x9c", "\u202e", "\u2066", "\u200b", "\u200f", "\ufeff"),
        *("\U000e0041", "\u2028", "[/b]", "[b", "[@click=quit]", "$(x)", "中文", "a", "\n", "\t"),
        *map(chr, (0, 7, 8, 11, 12, 13, 14, 24, 26, 127, 133)),
        "👩\u200d👩\u200d👧",
    ]
    pieces.append("e" + "\u0301" * 60)

    def nasty():
        return "".join(rng.choice(pieces) + rng.choice(["", " ", "w"]) for _ in range(12))

    return [((nasty(), nasty()), nasty() + "o", nasty() + "n", nasty()) for _ in range(count)]
