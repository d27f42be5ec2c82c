"""The front step is light: what a command does not use, it does not load."""

import subprocess
import sys

import pytest

HEAVY = {
    "textual", "openai", "torch", "sentence_transformers", "datasketch", "transformers", "numba",
    "pandas", "aiohttp", "pyarrow", "scipy",
}  # fmt: skip


def loaded_by(code):
    script = f"import sys\n{code}\nprint(*sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=300
    )
    return {name.split(".")[0] for name in out.stdout.split()}


@pytest.mark.parametrize(
    "code", ["import curator.cli", "from curator.cli.app import build; build()"]
)
def test_the_command_line_loads_nothing_heavy(code):
    assert loaded_by(code) & HEAVY == set()


def test_the_review_app_loads_no_model_library():
    models = {"torch", "transformers", "sentence_transformers", "openai", "pandas", "numba"}
    assert loaded_by("import curator.tui.app") & models == set()
