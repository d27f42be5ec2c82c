"""Small real workspaces for the store's tests, and a second process to test them from."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from curator.conversation import Conversation, Decision, Origin, Rewrite, Turn, Verdict
from curator.store import Store


def chat(number: int) -> Conversation:
    """A chat of two exchanges whose first answer can be rewritten."""
    return Conversation(
        (
            Turn("user", f"What is {number} and one?"),
            Turn("assistant", f"It is {number}."),
            Turn("user", "不对，请再算一次。"),
            Turn("assistant", f"Sorry, {number + 1}."),
        ),
        Origin("made here", number + 1),
    )


def proposal(conversation: Conversation, text: str = "", candidate: int = 0) -> Rewrite:
    """A rewrite of a chat's first answer."""
    return Rewrite(
        conversation.id, 1, "It forgot to add.", text or f"Added up: {conversation.origin.line}.",
        "model", "prompt", candidate=candidate,
    )  # fmt: skip


def fill(store: Store, count: int) -> list[Rewrite]:
    """Put `count` chats and a rewrite of each into the store; the rewrites."""
    chats = [chat(number) for number in range(count)]
    rewrites = [proposal(conversation) for conversation in chats]
    store.conversations.add(chats)
    store.rewrites.add(rewrites)
    return rewrites


def said(
    rewrite: Rewrite, verdict: Verdict, reviewer: str = "ann", content: str | None = None
) -> Decision:
    """A decision on a rewrite, not yet recorded."""
    return Decision(
        rewrite.id, rewrite.conversation_id, rewrite.turn_index, reviewer, verdict, content
    )


def in_another_process(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python code in a fresh interpreter; `sys.argv[1:]` are the arguments."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,  # a busy machine is slow; one that hangs is not meant
        check=False,
    )


#: Opens the workspace named first and says what came of it.
OPEN = """
import sys
from collections.abc import Sequence
from pathlib import Path
from curator.errors import StoreError
from curator.store import Store
try:
    with Store(Path(sys.argv[1])) as store:
        print("opened", store.decisions.count())
except StoreError as error:
    print("refused:", error)
"""


def journal_of(path: Path) -> Path:
    """Where a workspace's journal lies."""
    return path.with_name(path.name + ".journal.jsonl")


def put_on_the_map(
    store: Store,
    unit: str,
    items: list[str],
    coarse: Sequence[int],
    middle: Sequence[int] = (),
    fine: Sequence[int] = (),
) -> None:
    """Points of these clusters, all at one place."""
    count = len(items)
    store.connection.insert(
        "map_points",
        {
            "unit": [unit] * count, "item": items, "x": [0.0] * count, "y": [0.0] * count,
            "coarse": list(coarse), "middle": list(middle or coarse), "fine": list(fine or coarse),
            "isolation": [0.0] * count, "typical": [0.0] * count,
        },
    )  # fmt: skip
