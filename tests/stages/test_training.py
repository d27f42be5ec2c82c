"""curator train, on a model of ten thousand weights."""

import json
from pathlib import Path

import pytest

from curator.conversation import Export
from curator.engines.tuning import complete
from curator.errors import Cancelled, ConfigError, DataError
from curator.stages import training, training_plan
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.store import Store
from tests.tiny_model import build


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(build(tmp_path_factory.mktemp("tiny")))


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "work.duckdb") as opened:
        yield opened


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "export.jsonl"
    rows = [
        {"instruction": f"What is {i} plus two?", "input": "", "output": f"It is {i + 2}."}
        for i in range(10)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def train(store, progress=None, **settings):
    config = training.Config(**{"steps": 4, "learning_rate": 5e-3, "device": "cpu", **settings})
    return perform(store, training.STAGE, config, None, progress or Silent())


class StopsAt(Silent):
    def __init__(self, steps):
        self.left = steps

    def step(self, n=1, note=""):
        self.left -= n if note.startswith("loss ") and "tokens" not in note else 0
        if self.left <= 0:
            raise Cancelled("stopped by the person")


def test_an_export_becomes_an_adapter_with_its_record(store, base, data):
    report = train(store, base=base, data=data)
    adapter = store.adapters.latest()
    assert Path(adapter.path).parent == store.path.parent / "adapters"
    assert len(adapter.losses) == 4
    assert adapter.losses[-1] < adapter.losses[0]
    assert adapter.data_sha256 == complete.sha256(Path(data))
    assert adapter.settings["command"].startswith("curator train --data ")
    record = json.loads((Path(adapter.path) / "curator.json").read_text())
    assert record["job"]["seed"] == 0
    assert "⟦It is " in "\n".join(report.lines)
    assert report.counts["loss tokens"].endswith(f"of {report.data['lengths']['tokens']:,}")
    again = train(store, base=base, data=data)
    assert "trained already" in again.lines[0]
    assert store.adapters.count() == 1


@pytest.mark.slow
def test_a_stopped_run_goes_on_with_the_same_command(store, base, data):
    with pytest.raises(Cancelled):
        train(store, StopsAt(2), base=base, data=data)
    assert store.adapters.count() == 0
    report = train(store, base=base, data=data)
    assert "went on from checkpoint-" in " ".join(report.lines)
    assert len(store.adapters.latest().losses) == 4


@pytest.mark.slow
def test_an_adapter_can_be_gone_on_from(store, base, data):
    first = train(store, base=base, data=data, rank=4)
    train(store, base=base, data=data, parent="latest", seed=1)
    child = store.adapters.latest()
    assert child.parent == first.data["adapter"]
    assert child.settings["rank"] == 4
    with pytest.raises(ConfigError, match="rank 4"):
        train(store, base=base, data=data, parent=child.path, rank=16)


def test_a_parent_that_is_not_there_is_an_error(store, base, data, tmp_path):
    with pytest.raises(ConfigError, match="no such adapter folder"):
        train(store, base=base, data=data, parent=str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="no adapter has been trained"):
        train(store, base=base, data=data, parent="latest")


def test_a_folder_that_holds_something_else_is_not_written_to(store, base, data, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match="not empty"):
        train(store, base=base, data=data, out=str(tmp_path / "mine"))


def test_without_data_and_export_it_says_how_to_begin(store, base):
    with pytest.raises(ConfigError, match="curator export"):
        train(store, base=base)


def test_the_latest_export_is_the_data_unless_it_was_changed(store, data):
    path = Path(data)
    store.exports.add(Export(data, "alpaca", 10, complete.sha256(path)))
    assert training_plan.data_of(store, "") == path
    path.write_text(path.read_text() + "\n")
    with pytest.raises(DataError, match="was changed"):
        training_plan.data_of(store, "")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("rank", -1), ("learning_rate", 0), ("dropout", 1.5), ("batch_size", 0), ("val", -0.1)],
)
def test_a_number_that_makes_no_sense_is_named(store, base, data, setting, value):
    with pytest.raises(ConfigError, match="--" + setting.replace("_", "-")):
        train(store, base=base, data=data, **{setting: value})


def test_a_folder_with_pickled_weights_is_refused(store, data, tmp_path):
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text("{}")
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ConfigError, match="pickle"):
        train(store, base=str(pickled), data=data)


def test_a_base_that_is_nowhere_is_named(store, data):
    with pytest.raises(ConfigError, match="no such folder"):
        train(store, base="./no-model-here", data=data)


def test_holding_out_everything_is_an_error(store, base, data):
    with pytest.raises(ConfigError, match="all 10 records"):
        train(store, base=base, data=data, val=2000)


@pytest.mark.slow
def test_the_embedded_model_learns_on_this_machine(store, tmp_path):
    path = tmp_path / "export.jsonl"
    rows = [
        {"instruction": "天空是什么颜色？", "input": "", "output": "天空是蓝色的。"},
        {"instruction": "What colour is the sky?", "input": "", "output": "The sky is blue."},
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows * 2))
    report = train(store, data=str(path), steps=3, max_length=64, learning_rate=1e-3)
    adapter = store.adapters.latest()
    assert adapter.base_model.startswith("smollm2-135m-instruct@")
    assert adapter.losses[-1] < adapter.losses[0]
    assert "⟦天空是蓝色的。<|im_end|>⟧" in "\n".join(report.lines)
