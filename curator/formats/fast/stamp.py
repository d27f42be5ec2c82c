"""What the compiled passes are made of, as a number."""

from pathlib import Path
from zlib import crc32

from curator.formats import structure

_FILES = (*sorted(Path(__file__).parent.glob("*.py")), Path(structure.__file__))
#: Another number whenever a file is another that the compiled passes are made of.
STAMP = crc32(b"".join(file.read_bytes() for file in _FILES))
