"""Chats that hypothesis makes up: every role, odd Unicode, tool calls, fields nobody knows."""

from typing import Any

from hypothesis import strategies as st

from curator.conversation import Conversation, Origin, Turn

#: No surrogates: the front door answers for those before a format sees them.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
odd = st.sampled_from(
    ["", " ", "\n", "{{name}}", "你好", "🧑‍🚀",
     "\u202eabc", "a\r\nb", "\x00", "\ufeff", "<|im_end|>",
     "Human: x", "[|AI|]", '"', "\\", "line\u2028sep", "null", "[1]"]
)  # fmt: skip
words = st.one_of(texts, odd)
names = st.sampled_from(["mood", "score", "注", "weight", "name", "author"])
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), words),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(names, inner, max_size=2)),
    max_leaves=4,
)
calls = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just("function"),
            "function": st.fixed_dictionaries(
                {"name": st.just("look_up"), "arguments": st.sampled_from(['{"q": "Köln"}', "{}"])}
            ),
        },
        optional={"id": st.just("call_1")},
    ),
    min_size=1,
    max_size=2,
)
rivals = st.lists(words, min_size=1, max_size=3).map(
    lambda found: [{"content": text, "rank": rank} for rank, text in enumerate(found, 1)]
)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    role = draw(st.sampled_from(["system", "user", "assistant", "tool"]))
    extra: dict[str, Any] = {}
    if draw(st.integers(0, 5)) == 0:
        extra[draw(names)] = draw(values.filter(lambda value: value is not None))
    if role == "assistant" and draw(st.integers(0, 4)) == 0:
        kind = draw(st.sampled_from(["tool_calls", "reasoning", "speaker", "alternatives"]))
        extra[kind] = draw(
            {
                "tool_calls": calls,
                "reasoning": words,
                "speaker": st.sampled_from(["bing", "bard", "chatgpt"]),
                "alternatives": rivals,
            }[kind]
        )
    if role == "assistant" and draw(st.integers(0, 5)) == 0:
        extra["label"] = draw(st.booleans())
    if role == "tool" and draw(st.booleans()):
        extra["tool_call_id"] = "call_1"
    return Turn(role, draw(words), extra)


plain_turns = st.builds(Turn, st.sampled_from(["user", "assistant"]), words)
exchanges = st.lists(st.tuples(words, words), min_size=1, max_size=3).map(
    lambda pairs: [
        turn
        for question, answer in pairs
        for turn in (Turn("user", question), Turn("assistant", answer))
    ]
)
metas = st.dictionaries(
    st.sampled_from(["license", "category", "topic", "tags", "url"]), words, max_size=2
)


@st.composite
def chats(draw: st.DrawFn) -> Conversation:
    found = draw(
        st.one_of(
            st.lists(turns(), min_size=1, max_size=5),
            st.lists(plain_turns, min_size=1, max_size=4),
            exchanges,
        )
    )
    if draw(st.booleans()) and found[0].role == "user":
        found = [Turn("system", draw(words)), *found]
    last = found[-1]
    if last.role == "assistant" and not last.extra and draw(st.booleans()):
        more = draw(st.sampled_from(["alternatives", "label", "criticism"]))
        extra: dict[str, Any] = {
            "alternatives": {"alternatives": [{"content": draw(words), "rank": 1}]},
            "label": {"label": draw(st.booleans())},
            "criticism": {
                "criticism": "Too short.",
                "alternatives": [{"content": draw(words), "rank": 1}],
            },
        }[more]
        found[-1] = Turn(last.role, last.content, extra)
    meta: dict[str, Any] = draw(metas)
    if draw(st.integers(0, 3)) == 0:
        meta["tools"] = [{"type": "function", "function": {"name": "look_up"}}]
    return Conversation(tuple(found), Origin("", None, "", draw(st.sampled_from(["", "c1"]))), meta)


@st.composite
def fit_for(draw: st.DrawFn, name: str, teaches: str) -> Conversation:
    """A chat of the kind that a layout is made for, so that most of them lose nothing in it."""
    single = name in ("alpaca-plain", "dpo-trl-text", "reflection", "axolotl-reflection")
    narrow = single or name in ("ultrachat", "chatml", "dpo-openai", "openai")
    found = draw(exchanges)[-2 if single else 0 :]
    last = found[-1]
    other = draw(words.filter(lambda text: text != last.content))
    extras: dict[str, dict[str, Any]] = {
        "answers": {},
        "pairs": {"alternatives": [{"content": other, "rank": 1}]},
        "labels": {"label": draw(st.booleans())},
    }
    extra = extras[teaches]
    if "reflection" in name:
        extra = {**extra, "criticism": draw(words.filter(bool))}
    found[-1] = Turn(last.role, last.content, extra)
    if not single and name != "ultrachat" and draw(st.booleans()):
        found.insert(0, Turn("system", draw(words.filter(bool))))
    return Conversation(tuple(found), Origin(""), {} if narrow else draw(metas))
