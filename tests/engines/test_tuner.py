"""Training for real, on a model of ten thousand weights, in a real child process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from curator.engines import tuner
from curator.engines.tuning import complete
from curator.engines.tuning.job import Job
from curator.errors import Cancelled, ConfigError, DataError, EngineError
from tests.tiny_model import build


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return build(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def job(base, tmp_path):
    data = tmp_path / "records.jsonl"
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"What is {i} plus two?"},
                {"role": "assistant", "content": f"It is {i + 2}."},
            ],
            "learn": [1],
            "where": f"row {i}",
            "held": i % 6 == 5,
        }
        for i in range(12)
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Job(
        base=str(base),
        base_id="tiny@0",
        out=str(tmp_path / "adapter"),
        data=str(data),
        data_sha256="0",
        steps=6,
        learning_rate=5e-3,
        save_every=2,
        micro_batch=2,
        batch=4,
        device="cpu",
    )


def deaf(event):
    """Hears nothing."""


def changed(job, **values):
    return msgspec.structs.replace(job, **values)


@pytest.fixture(scope="module")
def unbroken():
    """The losses of runs that nothing disturbed, by job."""
    done = {}

    def losses(job, folder):
        if job.fingerprint not in done:
            out = str(folder / "unbroken")
            done[job.fingerprint] = tuner.train(changed(job, out=out), deaf)["losses"]
        return done[job.fingerprint]

    return losses


def test_training_lowers_the_loss_and_leaves_a_whole_adapter(job):
    heard = []
    record = tuner.train(job, heard.append)
    out = Path(job.out)
    assert len(record["losses"]) == 6
    assert record["losses"][-1] < record["losses"][0]
    assert record["validation"][1] < record["validation"][0]
    assert complete.whole(out) == ""
    assert (out / "adapter_model.safetensors").is_file()
    assert not list(out.glob("*.bin"))
    assert record["job"]["seed"] == 0
    assert set(record["versions"]) >= {"torch", "trl", "peft"}
    kinds = [event["event"] for event in heard if event["event"] != "tick"]
    assert kinds.count("step") == 6
    assert kinds.index("data") < kinds.index("step")
    proof = next(event["proof"] for event in heard if event["event"] == "data")
    assert [part for learned, part in proof["parts"] if learned] == ["It is 2.<|end|>"]


@pytest.mark.slow
def test_a_stopped_run_goes_on_to_the_losses_of_an_unbroken_one(job, tmp_path, unbroken):
    def stop_at_three(event):
        if event["event"] == "step" and event["step"] == 3:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        tuner.train(job, stop_at_three)
    assert "not finished" in complete.whole(Path(job.out))
    begun = []
    record = tuner.train(job, lambda e: begun.append(e) if e["event"] == "begin" else None)
    assert begun[0]["done"] >= 3
    assert record["losses"] == pytest.approx(unbroken(job, tmp_path), abs=1e-3)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_losses_and_another_gives_others(job, tmp_path, unbroken):
    first = unbroken(job, tmp_path)
    again = tuner.train(changed(job, out=str(tmp_path / "again")), deaf)
    other = tuner.train(changed(job, out=str(tmp_path / "other"), seed=1), deaf)
    assert again["losses"] == first
    assert other["losses"] != first


@pytest.mark.slow
def test_a_damaged_checkpoint_is_passed_over(job, tmp_path, unbroken):
    def stop_at_five(event):
        if event["event"] == "step" and event["step"] == 5:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        tuner.train(job, stop_at_five)
    checkpoints = Path(job.out) / "checkpoints"
    newest = complete.newest_checkpoint(checkpoints)
    weights = newest / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    record = tuner.train(job, deaf)
    assert record["resumed_from"] != newest.name
    assert record["losses"] == pytest.approx(unbroken(job, tmp_path), abs=1e-3)


@pytest.mark.slow
def test_a_killed_child_is_an_error_with_words_and_the_run_goes_on(job, tmp_path, unbroken):
    child = []

    def kill_at_four(event):
        if event["event"] == "hello":
            child.append(event["pid"])
        if event["event"] == "step" and event["step"] == 4:
            os.kill(child[0], signal.SIGKILL)

    with pytest.raises(EngineError, match="killed"):
        tuner.train(job, kill_at_four)
    assert tuner.train(job, deaf)["losses"] == pytest.approx(unbroken(job, tmp_path), abs=1e-3)


def test_a_loss_that_is_no_number_stops_the_run_in_words(job):
    with pytest.raises(EngineError, match="smaller learning rate"):
        tuner.train(changed(job, learning_rate=1e30, steps=30), deaf)
    assert complete.whole(Path(job.out)) != ""


def test_a_limit_that_leaves_no_loss_is_refused(job):
    with pytest.raises(DataError, match="no record can be learned from"):
        tuner.train(changed(job, max_length=8), deaf)


@pytest.mark.slow
def test_going_on_from_a_parent_starts_where_the_parent_ended(job, tmp_path):
    first = tuner.train(changed(job, steps=12), deaf)
    child = changed(job, out=str(tmp_path / "child"), parent=job.out, steps=2, learning_rate=1e-5)
    second = tuner.train(child, deaf)
    assert second["validation"][0] == pytest.approx(first["validation"][1], abs=1e-4)


def test_an_unknown_layer_is_named(job):
    with pytest.raises(ConfigError, match="no_such_layer"):
        tuner.train(changed(job, targets=("no_such_layer",)), deaf)


def test_a_model_too_large_for_the_machine_is_refused_before_loading(job, tmp_path):
    huge = tmp_path / "huge"
    huge.mkdir()
    for file in Path(job.base).iterdir():
        (huge / file.name).write_bytes(file.read_bytes())
    config = json.loads((huge / "config.json").read_text())
    config |= {"hidden_size": 16384, "intermediate_size": 65536, "num_hidden_layers": 200}
    (huge / "config.json").write_text(json.dumps(config))
    with pytest.raises(ConfigError, match="GB are free"):
        tuner.train(changed(job, base=str(huge)), deaf)


def test_no_secret_reaches_the_child():
    passed = tuner.environment(
        {"PATH": "/bin", "OPENAI_API_KEY": "sk", "HF_TOKEN": "hf", "HF_HOME": "/h", "FOO": "1"}
    )
    assert passed["PATH"] == "/bin"
    assert passed["HF_HOME"] == "/h"
    assert not {"OPENAI_API_KEY", "HF_TOKEN", "FOO"} & passed.keys()


def test_the_child_ends_with_a_checkpoint_when_its_parent_is_killed(job):
    long = changed(job, steps=2000, save_every=1000)
    Path(job.out).mkdir()
    long.write(Path(job.out) / "job.json")
    program = (
        "import sys; from pathlib import Path; from curator.engines import tuner;"
        "from curator.engines.tuning.job import Job;"
        "tuner.train(Job.read(Path(sys.argv[1])), lambda e: print(e['event'], flush=True))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, f"{job.out}/job.json"], stdout=subprocess.PIPE, text=True
    )
    assert any(line.strip() == "step" for line in parent.stdout)
    parent.kill()
    parent.wait(300)
    parent.stdout.close()
    checkpoints = Path(job.out) / "checkpoints"
    for _ in range(2000):
        if any(complete.whole(p) == "" for p in checkpoints.glob("checkpoint-*")):
            break
        time.sleep(0.1)
    newest = complete.newest_checkpoint(checkpoints)
    assert newest is not None
    assert newest.name != "checkpoint-2000"
