"""Numba keeps compiled functions by the file that they stand in, and does not look at the files of
what they call."""

from pathlib import Path
from zlib import crc32

from curator.formats import structure

_FILES = (*sorted(Path(__file__).parent.glob("*.py")), Path(structure.__file__))
#: Another number whenever a file is another that the compiled passes are made of.
STAMP = crc32(repr([(f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in _FILES]).encode())
