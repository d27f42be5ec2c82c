"""Clean lines of the commonest layouts by the million: bytes to columns, compiled.

A shortcut and nothing else. A line that comes out here is what the layout's own reader would have
made of it; every line that is not of the plainest kind is left to that reader.
"""

from curator.formats.fast.blocks import Block, Scanner, scanner

__all__ = ["Block", "Scanner", "scanner"]
