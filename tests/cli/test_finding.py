import json
from pathlib import Path

import pytest

from curator.cli import main
from curator.store import Store
from tests.store.workspaces import fill


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HINDSIGHT_REVIEWER", "ann")
    path = tmp_path / "curator.duckdb"
    with Store(path) as store:
        fill(store, 6)
    return path


@pytest.fixture
def run(capsys):
    """Run a command; its exit code, what it printed and what it complained of."""

    def run(*typed):
        code = main(list(typed))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_list_shows_what_a_filter_finds(run):
    code, out, _ = run("list", "--where", "line:2..4", "--limit", "2")
    assert code == 0
    assert "What is 1 and one?" in out
    assert "3 found, 2 shown" in out
    _, out, _ = run("list", "--where", "line:2..4", "--json")
    found = json.loads(out)
    assert found["count"] == 3
    assert [chat["line"] for chat in found["conversations"]] == [2, 3, 4]


def test_a_wrong_filter_points_at_the_column(run):
    code, out, err = run("list", "--where", "lang:en rol:user")
    assert code == 2
    assert out == ""
    assert err.splitlines() == [
        "curator: there is nothing called 'rol' to filter by; did you mean role?",
        "  lang:en rol:user",
        "          ^",
    ]
    code, _, err = run("list", "--where", "lea>1")
    assert code == 2
    assert "did you mean leak?" in err


def test_a_filter_may_begin_with_a_minus_sign(run):
    assert json.loads(run("list", "--where", "-line:1", "--json")[1])["count"] == 5
    code, _, err = run("export", "--where", "-line:1", "--dry-run")
    assert code == 3
    assert "nothing is settled" in err


def test_the_map_takes_a_filter_and_a_view_as_every_command_does(run, path):
    from curator.stages import embedding
    from curator.stages.base import Silent
    from curator.stages.runner import perform

    with Store(path) as store:
        perform(store, embedding.STAGE, embedding.Config(model="char-grams"), None, Silent())
    code, _, err = run("map", "--where", "lin:1", "--html", "m.html")
    assert code == 2
    assert "did you mean line?" in err
    assert run("views", "save", "few", "--where", "line:1..3")[0] == 0
    for asked, count in ((("--where", "line:2"), 1), (("--view", "few"), 3), ((), 6)):
        code, out, _ = run("map", "--parquet", "m.parquet", "--force", "--json", *asked)
        assert code == 0
        assert json.loads(out) == {"files": {"m.parquet": count}}


def test_tagging_shows_first_and_needs_a_yes(run):
    code, out, err = run("tag", "math", "--where", "line<=4")
    assert code == 2
    assert "4 chats will be tagged math" in out
    assert "nothing was done; add --yes" in err
    assert run("tag", "math", "--where", "line<=4", "--yes")[0] == 0
    assert json.loads(run("tag", "--json")[1]) == {"tags": {"math": 4}}
    assert run("untag", "math", "--where", "line:1", "--yes")[0] == 0
    assert json.loads(run("tag", "--json")[1]) == {"tags": {"math": 3}}
    run("tag", "--undo")
    assert json.loads(run("list", "--where", "tag:math", "--json")[1])["count"] == 4


def test_deciding_in_bulk_shows_first_and_is_undone_at_once(run):
    code, out, err = run("decide", "accept", "--where", "line>2")
    assert (code, err) == (2, "curator: nothing was done; add --yes to do it\n")
    assert "4 rewrites of 4 chats: take the new answers" in out
    done = json.loads(run("decide", "accept", "--where", "line>2", "--yes", "--json")[1])
    assert (done["verdict"], done["decided"]) == ("accept", 4)
    assert json.loads(run("list", "--where", "verdict:accept", "--json")[1])["count"] == 4
    assert "4 decisions taken back" in run("decide", "undo")[1]
    assert "4 decisions restored" in run("decide", "redo")[1]
    assert "4 decisions taken back" in run("decide", "undo")[1]
    assert "nothing to undo" in run("decide", "undo")[1]


def test_deciding_without_saying_on_which_is_refused(run):
    code, _, err = run("decide", "accept", "--yes")
    assert code == 2
    assert "decide on which?" in err
    assert run("decide", "accept", "--where", '-id:""', "--yes")[0] == 0
    code, _, err = run("decide", "accept", "--where", "line:1", "--yes")
    assert code == 2
    assert "no pending rewrite is found" in err


def test_a_view_is_saved_listed_used_and_forgotten(run):
    assert run("views", "save", "late", "--where", "line>4")[0] == 0
    views = json.loads(run("views", "--json")[1])["views"]
    assert views == [
        {"view": "late", "chats": 2, "queue": "pending", "order": "made", "where": "line>4"}
    ]
    found = json.loads(run("list", "--view", "late", "--where", "line<6", "--json")[1])
    assert [chat["line"] for chat in found["conversations"]] == [5]
    code, _, err = run("list", "--view", "lat")
    assert code == 2
    assert "did you mean 'late'?" in err
    assert run("views", "delete", "late")[0] == 0
    assert json.loads(run("views", "--json")[1]) == {"views": []}


def test_search_shows_the_words_where_they_are(run):
    code, out, _ = run("search", '"added up" 3')
    assert code == 0
    assert "«Added up»" in out
    assert "turn 2 rewrite" in out
    found = json.loads(run("search", "再算", "--json", "--where", "line<=2")[1])
    assert found["conversations"] == 2
    hit = found["hits"][0]
    start, end = hit["hits"][0]
    assert (hit["who"], hit["text"][start:end]) == ("user", "再算")


def test_search_makes_and_remakes_its_index(run, path):
    code, _, err = run("search", "--rebuild")
    assert code == 0
    assert "30 texts indexed" in err
    assert json.loads(run("search", "added", "--json")[1])["conversations"] == 6
    with Store(path) as store:
        assert store.searching.coverage().missing == 0
        store.searching.drop()
    assert json.loads(run("search", "added", "--json")[1])["conversations"] == 6


def test_search_for_nothing_is_told(run):
    code, _, err = run("search")
    assert code == 2
    assert "what for?" in err


def test_review_with_a_wrong_queue_is_told_before_anything_opens(run):
    code, _, err = run("review", "--queue", "pendin")
    assert code == 2
    assert "needs a terminal" in err
