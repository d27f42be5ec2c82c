"""Files appear whole or not at all, and lengths are the model's own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from curator.errors import ConfigError
from curator.export.files import Batch
from curator.export.lengths import AROUND, Estimated, Tokenized


def test_nothing_is_seen_before_it_is_published(tmp_path: Path) -> None:
    with Batch() as batch:
        file = batch.rows(tmp_path / "a.jsonl")
        file.add({"a": "é"})
        batch.text(tmp_path / "b.txt", "words")
        checksum = file.finish()
        assert not (tmp_path / "a.jsonl").exists()
        batch.publish()
    assert (tmp_path / "a.jsonl").read_text(encoding="utf-8") == '{"a":"é"}\n'
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.txt"]
    assert len(checksum) == 64


def test_an_array_is_one_json_document(tmp_path: Path) -> None:
    with Batch() as batch:
        file = batch.rows(tmp_path / "a.json")
        for number in range(3):
            file.add({"n": number, "large": 10**30})
        file.finish()
        batch.publish()
    assert json.loads((tmp_path / "a.json").read_text())[2] == {"n": 2, "large": 10**30}


def test_an_error_leaves_no_trace(tmp_path: Path) -> None:
    def fail() -> None:
        with Batch() as batch:
            batch.rows(tmp_path / "new" / "a.jsonl").add({})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys, time
from pathlib import Path
from curator.export.files import Batch
with Batch(force=True) as batch:
    file = batch.rows(Path(sys.argv[1]))
    print("begun", flush=True)
    while True:
        file.add({"text": "x" * 1000})
"""


def test_a_killed_export_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    old = tmp_path / "a.jsonl"
    old.write_text("old\n")
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(old)], stdout=subprocess.PIPE, cwd=os.getcwd()
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"begun\n"
    time.sleep(0.1)
    child.kill()
    child.wait(300)
    assert old.read_text() == "old\n"


def test_a_template_is_rendered_and_counted_as_transformers_does(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({"[UNK]": 0, "user": 1, "hi": 2, "<e>": 3}, "[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    own = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<e>")
    own.chat_template = (
        "{% for m in messages %}\n  {% if m.role == 'cat' %}{{ raise_exception('no cats') }}"
        "{% endif %}\n<|{{ m.role }}|> {{ m.content | trim }} {{ eos_token }}\n{% endfor %}"
    )
    own.save_pretrained(tmp_path)
    ours, theirs = Tokenized(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    for talk in ([("user", " hi ")], [("system", "be"), ("user", "hi hi"), ("assistant", "你好")]):
        messages = [{"role": role, "content": content} for role, content in talk]
        rendered = theirs.apply_chat_template(messages, tokenize=False)
        expected = len(theirs(rendered, add_special_tokens=False)["input_ids"])
        assert ours.chat(messages) == expected
    with pytest.raises(ValueError, match="no cats"):
        ours.chat([{"role": "cat", "content": "meow"}])


def test_a_folder_without_a_tokenizer_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no tokenizer\.json there"):
        Tokenized(tmp_path)


def test_an_estimate_knows_latin_from_chinese() -> None:
    latin, chinese = ({"role": "user", "content": text} for text in ("abcd" * 10, "你好" * 10))
    assert Estimated().chat([latin]) == 10 + AROUND
    assert Estimated().chat([chinese]) == 20 + AROUND
    assert Estimated().chat([latin, chinese], [{"name": "look"}]) > 30 + 2 * AROUND
