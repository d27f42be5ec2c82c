"""Near twins: signatures, banding, exact comparison, groups around a keeper."""

from curator.similarity.groups import Twin, grouped
from curator.similarity.pairs import Pair, twins

__all__ = ["Pair", "Twin", "grouped", "twins"]
