"""Opening files of any origin as a stream of records, with bounded memory and no surprises.

A record is one element of a JSON array, one JSON line, one row of a table, or one whole text.
What cannot be read is handed on as `Spoiled`, with its place and the reason, never dropped.
"""

from curator.formats.reading.archives import parts, size_of
from curator.formats.reading.folders import unfolded
from curator.formats.reading.opening import Source, open_source
from curator.formats.reading.records import LIMITS, Limits, Record, Spoiled
from curator.formats.reading.shapes import Reading, read

__all__ = [
    "LIMITS", "Limits", "Reading", "Record", "Source", "Spoiled", "open_source", "parts", "read",
    "size_of", "unfolded",
]  # fmt: skip
