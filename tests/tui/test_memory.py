"""What an hour of reviewing leaves out of the process that shows the screen."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from pathlib import Path
from curator.tui import footnotes, work
from tests.tui.driving import drive

async def script(d):
    work.RESTING = 0.0
    for key in "axaxa":
        await d.press(key)
    await d.press("z", "z", "z", "z")

drive(Path(sys.argv[1]), script)
assert any(spans for spans in footnotes._found.values()), "nobody looked for leaks"
heavy = {"rjieba", "numpy", "pandas", "pyarrow", "tantivy", "py3langid"} & set(sys.modules)
assert not heavy, heavy
assert footnotes._beside._process is None
"""


def test_reviewing_chinese_loads_neither_its_dictionary_nor_arrow(workspace):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(workspace)],
        capture_output=True, text=True, timeout=300, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
