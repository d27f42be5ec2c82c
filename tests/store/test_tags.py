import pytest

from curator.errors import ConfigError
from tests.store.workspaces import chat, fill


@pytest.fixture
def ids(store):
    fill(store, 4)
    return store.conversations.ids()


def test_a_tag_is_found_on_what_was_tagged(store, ids):
    assert store.tags.add(ids[:2], "math", "ann") == 2
    assert store.tags.of(ids) == {ids[0]: ["math"], ids[1]: ["math"]}
    assert store.tags.at(0, 9) == {0: ["math"], 1: ["math"]}
    assert store.selecting.conversations("tag:math") == [0, 1]
    assert store.selecting.conversations('tag:""') == [2, 3]


def test_tagging_twice_changes_nothing(store, ids):
    store.tags.add(ids[:2], "math", "ann")
    assert store.tags.add(ids[:3], "#math", "ann") == 1
    assert store.tags.names() == {"math": 3}


def test_removing_takes_only_what_is_there(store, ids):
    store.tags.add(ids[:2], "math", "ann")
    assert store.tags.remove(ids, "math", "ann") == 2
    assert store.tags.remove(ids, "math", "ann") == 0
    assert store.tags.names() == {}


def test_undo_takes_back_exactly_what_the_act_changed(store, ids):
    store.tags.add(ids[:1], "math", "ann")
    store.tags.add(ids, "math", "ann")
    assert store.tags.undo("ann") == ("add", "math", 3)
    assert store.tags.of(ids) == {ids[0]: ["math"]}
    assert store.tags.undo("ann") == ("add", "math", 1)
    assert store.tags.undo("ann") is None


def test_undo_brings_a_removed_tag_back(store, ids):
    store.tags.add(ids[:2], "math", "ann")
    store.tags.remove(ids, "math", "ann")
    assert store.tags.undo("ann") == ("remove", "math", 2)
    assert store.tags.names() == {"math": 2}


def test_undo_is_of_ones_own_acts(store, ids):
    store.tags.add(ids[:2], "math", "ann")
    assert store.tags.undo("bob") is None


@pytest.mark.parametrize("tag", ["", "#", "two words", "a,b", 'a"b', "a*"])
def test_a_tag_that_no_filter_could_name_is_refused(store, ids, tag):
    with pytest.raises(ConfigError, match="is no tag"):
        store.tags.add(ids, tag, "ann")


def test_unknown_ids_are_passed_over(store, ids):
    assert store.tags.add([chat(99).id, ids[0]], "math", "ann") == 1
