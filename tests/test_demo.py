"""The tour for real: embedded model, real vectors, a real adapter, its first reply."""

import json
import subprocess
import sys

import pytest

ROOMS = ("import", "reflect", "score", "dedup", "embed", "review", "export", "train", "chat")


def curator(folder, *words):
    """The command, as a person would type it in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "curator", *words],
        cwd=folder, capture_output=True, text=True, timeout=1500, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_unattended_tour_goes_from_raw_chats_to_the_reply_of_a_tuned_model(tmp_path):
    tour = curator(tmp_path, "demo", "--no-tui", "--turns", "3", "--steps", "2")
    assert tour.returncode == 0, tour.stderr
    table = [line for line in tour.stdout.splitlines() if line.rstrip().endswith(" s")]
    assert [line.split()[0] for line in table] == list(ROOMS)
    assert "SCRIPTED" in tour.stdout
    assert "Traceback" not in tour.stderr

    workspace = tmp_path / "curator-demo" / "curator.duckdb"
    status = curator(tmp_path, "status", "--json", "-w", str(workspace))
    seen = json.loads(status.stdout)
    assert seen["conversations"] == 27, "26 samples, and the chat with the tuned model"
    assert seen["rewrites"] > 0
    assert seen["embedded texts"] > 0
    assert seen["near-duplicates"] > 0
    assert (seen["exports"], seen["adapters"]) == (1, 1)
    adapters = list((tmp_path / "curator-demo" / "adapters").glob("*/adapter_model.safetensors"))
    assert len(adapters) == 1
