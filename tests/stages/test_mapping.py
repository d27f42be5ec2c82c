"""Clusters, map, figures and choices, on real vectors of characters: no model, no network."""

import json
import re

import numpy as np
import pytest

from curator.cli import main
from curator.conversation import Conversation, Decision, Origin, Rewrite, Signal, Turn
from curator.errors import ConfigError, DataError
from curator.stages import clustering, embedding, exporting, measuring, picking, resembling
from curator.stages.atlas import Atlas
from curator.stages.base import Silent
from curator.stages.charts import write_html, write_parquet
from curator.stages.painting import paint, ways
from curator.stages.runner import perform
from curator.store import Store
from tests.diversity.themes import texts

UNIT = "first-user-turn"
COUNT = 44


def chat(text, source="chats.jsonl", line=1):
    return Conversation(
        (Turn("user", text), Turn("assistant", f"About {text}: well, it depends.")),
        Origin(source, line, "sharegpt"),
        {"language": "zh" if "茶" in text else "en"},
    )


@pytest.fixture
def store(tmp_path):
    made, _ = texts(COUNT)
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([chat(text, line=i) for i, text in enumerate(made)])
        embed(store)
        yield store


def run(store, module, **config):
    return perform(store, module.STAGE, module.Config(**config), None, Silent())


def embed(store, **config):
    return run(store, embedding, model="char-grams", **config)


def test_clusters_are_named_after_what_they_are_about(store):
    report = run(store, clustering, level="fine")
    said = " ".join(str(row[0]) for row in report.rows)
    assert report.counts["chats"] == COUNT
    for word in ("茶", "python"):
        assert word in said
    assert sum(c["size"] for c in report.data["clusters"] if c["level"] == 0) == COUNT
    assert len(report.data["outliers"]) == 5


def test_clusters_without_vectors_say_what_to_run(tmp_path):
    with (
        Store(tmp_path / "w.duckdb") as store,
        pytest.raises(DataError, match="curator embed"),
    ):
        run(store, clustering)


def test_points_that_stand_stay_when_chats_are_added(store):
    run(store, clustering)
    before = store.maps.points(UNIT)
    store.conversations.add([chat("怎么泡绿茶，水温九十度"), chat("fry an onion in a hot pan")])
    embed(store)
    report = run(store, clustering)
    after = store.maps.points(UNIT)
    assert report.counts["placed now"] == 2
    assert after.items[:COUNT] == before.items
    assert np.array_equal(after.x[:COUNT], before.x)
    assert np.array_equal(after.y[:COUNT], before.y)
    tea = after.groups[2][COUNT]
    of_tea = [before.groups[2][i] for i in range(COUNT) if i % 4 == 3]
    assert tea in of_tea
    assert after.groups[2][COUNT + 1] not in of_tea


def test_a_second_run_places_nothing(store):
    run(store, clustering)
    assert run(store, clustering).counts["placed now"] == 0


def test_the_same_seed_gives_the_same_map(store):
    run(store, clustering)
    first = store.maps.points(UNIT)
    run(store, clustering, afresh=True)
    again = store.maps.points(UNIT)
    assert np.array_equal(first.x, again.x)
    assert np.array_equal(first.groups[2], again.groups[2])


def test_hidden_chats_are_not_on_the_map(store):
    run(store, clustering)
    store.hiding.hide([0, 1], "twin", None)
    assert len(store.maps.points(UNIT)) == COUNT - 2


def test_a_filter_finds_the_chats_of_a_cluster(store):
    run(store, clustering)
    cluster = store.maps.clusters(UNIT)[0]
    word = cluster.name.split()[0]
    found = store.selecting.conversations(f"cluster:*{word}*")
    assert len(found) >= cluster.size


def test_dots_are_coloured_by_what_is_known(store):
    run(store, clustering)
    points = store.maps.points(UNIT)
    ids = points.conversations
    store.signals.add([Signal(ids[0], 1, "refusal", 1.0, True, "no")], {"refusal": 1}, None)
    assert "signal refusal" in ways(store)
    painted = paint(store, points, "signal refusal")
    assert painted.names[painted.codes[0]] == "flagged"
    assert painted.names[painted.codes[1]] == "not measured"
    language = paint(store, points, "language")
    assert [language.names[code] for code in language.codes[:4]] == ["en", "en", "en", "zh"]


def test_an_atlas_searches_filters_and_tags(store):
    run(store, clustering)
    atlas = Atlas(store, UNIT, "ann")
    tea = atlas.search("绿茶")
    assert {int(row) % 4 for row in tea} == {3}
    assert atlas.tag(tea, "tea") == len(tea)
    assert store.selecting.count("tag:tea") == len(tea)
    assert np.array_equal(atlas.filtered("tag:tea"), tea)
    assert atlas.read(int(tea[0])).text.count("茶")
    with pytest.raises(ConfigError):
        atlas.tag(tea, "two words")


def test_a_part_of_the_map_is_exported_and_nothing_else(store, tmp_path):
    run(store, clustering)
    atlas = Atlas(store, UNIT, "ann")
    rows = [int(row) for row in atlas.search("绿茶")]
    atlas.export(rows, str(tmp_path / "tea.jsonl"))
    lines = (tmp_path / "tea.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(rows)
    assert all("茶" in line for line in lines)


def test_a_filter_draws_its_part_where_it_stands_among_all(store, tmp_path):
    import pyarrow.parquet as pq

    run(store, clustering)
    whole, part = Atlas(store, UNIT, "ann"), Atlas(store, UNIT, "ann", "lang:zh")
    rows = whole.filtered("lang:zh")
    assert 0 < len(rows) < COUNT
    assert part.points.items == [whole.points.items[row] for row in rows]
    assert np.array_equal(part.points.x, whole.points.x[rows])
    assert 0 < len(part.settled) < len(whole.settled)
    for cluster in part.settled:
        assert (part.points.groups[cluster.level] == cluster.number).any()
    made = write_parquet(store, UNIT, tmp_path / "m.parquet", Silent(), "lang:zh")
    assert made == len(rows) == pq.read_table(tmp_path / "m.parquet").num_rows
    write_html(store, UNIT, tmp_path / "m.html", Silent(), "lang:zh")
    page = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert f"{len(rows)} chats" in page
    assert "where lang:zh" in page
    with pytest.raises(DataError, match="no dot of the map is found"):
        write_html(store, UNIT, tmp_path / "n.html", Silent(), "lang:fr")
    assert not (tmp_path / "n.html").exists()


def test_a_quota_holds_for_every_cluster(store, tmp_path):
    run(store, clustering)
    out = tmp_path / "few.jsonl"
    run(store, exporting, include=("untouched",), out=str(out), quota=3)
    points = store.maps.points(UNIT)
    clusters = len(set(points.groups[1].tolist()))
    assert 0 < len(out.read_text(encoding="utf-8").splitlines()) <= 3 * clusters


def test_how_many_to_choose_may_stand_alone(store, capsys):
    path = store.path
    store.close()
    assert main(["select", "7", "--workspace", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["chosen"] == 7


def test_a_choice_is_a_tag_and_a_new_choice_takes_its_place(store):
    run(store, picking, count=12)
    assert store.selecting.count("tag:selected") == 12
    report = run(store, picking, count=5)
    assert store.selecting.count("tag:selected") == 5
    counts = report.counts
    assert counts["mean cosine to the nearest chosen"] >= counts["the same for an even sample"]


def test_flagged_chats_are_chosen_last(store):
    ids = store.conversations.ids()
    flagged = ids[: COUNT // 2]
    store.signals.add(
        [Signal(i, 1, "refusal", 1.0, True, "no") for i in flagged], {"refusal": 1}, None
    )
    report = run(store, picking, count=10, method="centre")
    assert report.counts["flags per chat, chosen"] < report.counts["flags per chat, all"]


def test_similar_lists_the_most_like_first_and_the_least_on_request(store):
    ids = store.conversations.ids()
    near = run(store, resembling, to=ids[3][:12], count=3)
    assert all("茶" in row[2] for row in near.rows)
    assert near.rows[0][0] >= near.rows[2][0]
    far = run(store, resembling, to=ids[3][:12], count=3, least=True)
    assert far.rows[0][0] <= far.rows[2][0] < near.rows[2][0]
    with pytest.raises(ConfigError, match="no chat"):
        run(store, resembling, to="0123456789abcdef0123")


def test_fewer_themes_are_less_various(store, tmp_path):
    names = [str(tmp_path / "d.json"), str(tmp_path / "d.svg")]
    report = run(store, measuring, where="lang:zh", against="all", save=tuple(names))
    rows = {row[0]: row for row in report.rows}
    assert "less various" in rows["mean pairwise cosine"][3]
    assert "less various" in rows["Vendi score"][3]
    saved = json.loads((tmp_path / "d.json").read_text(encoding="utf-8"))
    assert saved["figures"][0]["selection"] == "lang:zh"
    assert (tmp_path / "d.svg").read_text(encoding="utf-8").startswith("<svg")


def test_reflection_is_measured_after_and_before(store, tmp_path):
    with pytest.raises(DataError, match="curator reflect"):
        run(store, measuring, rewrites=True, model="char-grams")
    ids = store.conversations.ids()
    said = "I am sorry, as a language model I cannot say more about this than I did before."
    rewrites = [Rewrite(id_, 1, "dull", f"{said} {i % 2}", "m", "p") for i, id_ in enumerate(ids)]
    store.rewrites.add(rewrites)
    store.decisions.record(Decision(rewrites[0].id, ids[0], 1, "ann", "reject"))
    out = tmp_path / "r.svg"
    report = run(store, measuring, rewrites=True, model="char-grams", save=(str(out),))
    rows = {row[0]: row for row in report.rows}
    assert report.columns[1:3] == ("after reflect", "before")
    assert report.counts["chats: after reflect"] == COUNT - 1
    for figure in ("mean pairwise cosine", "Vendi score", "distinct-2"):
        assert "less various" in rows[figure][3]
    assert "lower is more various" in out.read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="--against"):
        run(store, measuring, rewrites=True, against="all")


def test_every_figure_says_what_it_is_and_where_it_is_from(store):
    report = run(store, measuring)
    for row in report.rows:
        assert row[3].endswith(")")
        # These texts are too short for an MTLD, and it is not made up.
        assert (row[1] == "–") if row[0] == "MTLD" else ("[" in row[1])
    assert "95 % bootstrap intervals" in report.lines[0]


def test_what_is_asked_for_is_listed(store):
    store.conversations.add([chat(f"Write a story about number {i}") for i in range(20)])
    embed(store)
    report = run(store, measuring)
    assert report.data["verb_noun"][0]["write story"] == 20
    assert any("write story 31.2 %" in line for line in report.lines)


def test_diversity_refuses_what_it_cannot_measure_or_save(store, tmp_path):
    with pytest.raises(ConfigError, match="lang:xx"):
        run(store, measuring, where="lang:xx")
    with pytest.raises(ConfigError, match=r"\.json or \.svg"):
        run(store, measuring, save=("figures.png",))
    with pytest.raises(ConfigError, match="no such file"):
        run(store, measuring, topics=str(tmp_path / "none.txt"))


def test_a_sample_is_even_and_a_larger_one_holds_it(tmp_path):
    made, _ = texts(100)
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([chat(text) for text in made])
        assert embed(store, sample=20).counts["encoded now"] == 20
        first = set(store.embeddings.of(UNIT, "char-grams", "grams-2")[0])
        assert embed(store, sample=20).counts["encoded now"] == 0
        assert embed(store, sample=50).counts["encoded now"] == 30
        assert first < set(store.embeddings.of(UNIT, "char-grams", "grams-2")[0])
        assert embed(store).counts["encoded now"] == 50


def test_the_page_holds_hostile_text_as_text(tmp_path):
    bad = "</script><script>document.title='owned'</script> <!-- \u2028 & ' \" \\ \x1b[2J"
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([chat(f"{bad} {i}", source=f"{bad}.jsonl") for i in range(9)])
        embed(store)
        run(store, clustering)
        assert write_html(store, UNIT, tmp_path / "m.html", Silent()) == 9
    html = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert html.count("</script") == 2
    inside = re.search(r'id="data">(.*?)</script>', html, re.S)[1]
    assert bad[:40] in json.loads(inside)["texts"][0]
    assert "http://" not in html
    assert "https://" not in html


def test_the_table_has_the_columns_of_embedding_atlas(store, tmp_path):
    import pyarrow.parquet as pq

    run(store, clustering)
    assert write_parquet(store, UNIT, tmp_path / "m.parquet", Silent()) == COUNT
    table = pq.read_table(tmp_path / "m.parquet")
    assert {"id", "text", "projection_x", "projection_y", "neighbors"} <= set(table.column_names)
    first = table.column("neighbors")[0].as_py()
    assert len(first["ids"]) == len(first["distances"]) == 10
    assert 0 not in first["ids"]
    assert str(table.schema.field("projection_x").type) == "float"
