"""What is asked for in a line, and what is handed out: completions, and an item as JSON."""

from collections.abc import Iterable

import msgspec

from curator.review import ReviewItem

#: So many completions are shown.
OFFERED = 8


def offers(text: str, known: Iterable[str], by_word: bool) -> list[str]:
    """What could complete the line (or its last word), the most used first."""
    begun = text.rpartition(" ")[2].lstrip("#") if by_word else text
    there = set(text.replace("#", " ").split()) if by_word else set()
    found = [
        word
        for word in known
        if word.lower().startswith(begun.lower()) and word != begun and word not in there
    ]
    return found[:OFFERED]


def completed(text: str, known: Iterable[str], by_word: bool) -> str:
    """The line with the first offer taken; as it is where there is none."""
    found = offers(text, known, by_word)
    if not found:
        return text
    head = text.rpartition(" ")[0] if by_word else ""
    return f"{head} {found[0]}" if head else found[0]


def as_json(item: ReviewItem) -> str:
    """The item as one JSON object: both answers, why, and what was said of it."""
    rewrite = item.rewrite
    value = {
        "conversation": rewrite.conversation_id,
        "turn": item.turn_index,
        "source": item.conversation.origin.source,
        "line": item.conversation.origin.line,
        "context": [{"role": t.role, "content": t.content} for t in item.context],
        "old": item.before,
        "new": item.after,
        "criticism": rewrite.criticism,
        "model": rewrite.model,
        "advice": rewrite.advice,
        "verdict": item.verdict,
        "settled_as": item.settled_as,
        "flagged": item.flagged,
        "marks": item.marks,
        "signals": {s.name: s.value for s in item.signals},
        "rewrite": item.rewrite_id,
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
