"""A workspace with chats, rewrites and decisions, made the way the stages make them."""

from pathlib import Path

from curator.conversation import Conversation, Decision, Origin, Rewrite, Turn, Verdict
from curator.store import Store

CHAT = (
    Turn("system", "Be brief."),
    Turn("user", "How do I boil an egg?"),
    Turn("assistant", "Put it in the microwave."),
    Turn("user", "That exploded. Again, please."),
    Turn("assistant", "Boil it for eight minutes."),
    Turn("user", "谢谢"),
    Turn("assistant", "不客气"),
)


def chat(
    *turns: Turn, source: str = "chats.jsonl", line: int = 1, source_id: str = "", **meta: object
) -> Conversation:
    return Conversation(turns or CHAT, Origin(source, line, "sharegpt", source_id), dict(meta))


def rewrite(conversation: Conversation, turn: int = 2, content: str = "Boil it.") -> Rewrite:
    return Rewrite(
        conversation.id, turn, "A microwave bursts an egg.", content, "tiny-model", "prompt-1"
    )


def settle(
    store: Store, conversation: Conversation, verdict: Verdict, turn: int = 2, content: str = ""
) -> Rewrite:
    """Store a rewrite of one turn and a word on it."""
    made = rewrite(conversation, turn, "Boil it.")
    store.rewrites.add([made])
    text = content if verdict == "edit" else None
    store.decisions.record(
        Decision(made.id, conversation.id, turn, "ada", verdict, text, reason="because")
    )
    return made


def workspace(folder: Path) -> Store:
    return Store(folder / "w.duckdb")
