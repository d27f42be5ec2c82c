"""How numbers read in a sentence, for every room that tells a person something."""

DAY = 86_400
#: One of the things that reports count.
ONE = {
    f"{one}s": one
    for one in (
        "answer", "assignment", "call", "candidate", "chat", "chunk", "cluster", "conversation",
        "criticism", "decision", "dot", "duplicate", "file", "flag", "group", "item", "line",
        "pair", "piece", "point", "prompt", "proposal", "question", "record", "rewrite", "row",
        "signal", "step", "text", "token", "topic", "turn", "twin", "vector", "vote",
    )
}  # fmt: skip


def several(count: int, noun: str, plural: str = "") -> str:
    """So many of a thing: `1 chat`, `0 chats`, `1,234 chats`; `plural` where an s is not enough."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def counted(count: int, names: str) -> str:
    """So many of what a report counts under a name: `5 chats put right`, `1 chat put right`."""
    words = names.split(" ")
    if count == 1:
        words = [ONE.get(word, word) for word in words]
    return f"{count:,} {' '.join(words)}"


def clock(seconds: float) -> str:
    """`6 s`, `4:05`, `1:02:03`; from two days on `2 days`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole >= 2 * DAY:
        return f"{whole // DAY:,} days"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
