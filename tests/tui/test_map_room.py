"""What is chosen on the map is acted on as what is picked in the library is."""

import pytest

from curator.stages import clustering, embedding
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.store import Store
from tests.store.workspaces import fill
from tests.tui.halls import visit


@pytest.fixture
def mapped(tmp_path):
    path = tmp_path / "mapped.duckdb"
    with Store(path) as store:
        fill(store, 12)
        perform(store, embedding.STAGE, embedding.Config(model="char-grams"), None, Silent())
        perform(store, clustering.STAGE, clustering.Config(), None, Silent())
    return path


def test_what_is_lit_on_the_map_is_tagged_and_sent_to_a_queue_after_a_look(mapped):
    async def script(v):
        await v.press("M")
        await v.see("12")
        await v.press("B")
        await v.see("nothing is chosen")
        await v.press("F")
        await v.type("line:1..3")
        await v.see("3 lit")
        await v.press("a", "B")
        await v.see("3 chats picked, with 3 pending of 3 rewrites")
        await v.press("number_sign")
        await v.type("math")
        await v.press("enter")
        await v.see("3 chats tagged math")
        assert v.store.selecting.conversations("tag:math") == [0, 1, 2]
        await v.press("B", "Q", "enter")
        await v.see("1 of 3")
        assert v.room == "review"

    visit(mapped, script)
