"""What lives when the app has opened is never looked through again."""

import subprocess
import sys


def test_what_was_imported_is_not_looked_through_again():
    script = """
import gc
import curator.tui.app
from curator.tui import thrift
thrift.settle()
assert gc.get_freeze_count() > 10_000, gc.get_freeze_count()
assert len(gc.get_objects()) < 5_000, len(gc.get_objects())
assert gc.get_threshold()[0] == thrift.YOUNG
assert gc.isenabled()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
