"""The exam's questions."""

import json
from collections import Counter

import pytest

from curator import evaluation
from curator.errors import ConfigError, DataError
from curator.text import cjk_count


def test_ten_categories_are_asked_in_english_and_chinese():
    questions = evaluation.shipped()
    counts = Counter(question.category for question in questions)
    assert len(counts) == 10
    for category in counts:
        chinese = [
            q for q in questions if q.category == category and cjk_count("".join(q.turns)) > 3
        ]
        assert 2 <= len(chinese) < counts[category], category


def test_only_the_last_category_has_several_turns():
    several = {q.category for q in evaluation.shipped() if len(q.turns) > 1}
    assert several == {"multi turn"}


def test_a_folder_of_lists_is_read_by_category(tmp_path):
    (tmp_path / "01qa.json").write_text(json.dumps(["天空为什么是蓝的"], ensure_ascii=False))
    (tmp_path / "02talk.json").write_text(json.dumps([["Hi", "Bye"]]))
    assert [(q.category, q.turns) for q in evaluation.read(tmp_path)] == [
        ("qa", ("天空为什么是蓝的",)),
        ("talk", ("Hi", "Bye")),
    ]


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", '["ok", [""]]', "[[]]", "nonsense"])
def test_a_file_of_something_else_is_named(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"odd\.json"):
        evaluation.read(path)


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="nowhere"):
        evaluation.read(tmp_path / "nowhere")
