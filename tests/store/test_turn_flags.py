"""A desk shows what is flagged in a chat, and reads it once."""

from curator.conversation import Conversation, Origin, Signal, Turn
from curator.stages import scoring
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.store import Store
from tests.stages.scripted import ScriptedEngines

WRONG = Conversation(
    (Turn("user", "What is it?"), Turn("assistant", "So 12 + 35 = 48 in all.")), Origin("t", 0)
)
RIGHT = Conversation(
    (Turn("user", "What is it?"), Turn("assistant", "So 12 + 35 = 47 in all.")), Origin("t", 1)
)


def test_flags_are_by_chat_and_none_where_there_are_none(tmp_path) -> None:
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([WRONG, RIGHT])
        perform(store, scoring.STAGE, scoring.Config(), ScriptedEngines(), Silent())
        found = store.desk._turn_flags.of([WRONG.id, RIGHT.id])
        assert [(s.turn_index, s.name) for s in found[WRONG.id]] == [(1, "wrong-sum")]
        assert found[RIGHT.id] == ()


def test_flags_of_a_later_run_are_seen(tmp_path) -> None:
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([WRONG])
        assert store.desk._turn_flags.of([WRONG.id]) == {WRONG.id: ()}
        perform(store, scoring.STAGE, scoring.Config(), ScriptedEngines(), Silent())
        (flag,) = store.desk._turn_flags.of([WRONG.id])[WRONG.id]
        assert isinstance(flag, Signal)
        assert flag.note.startswith("47 would be right")
