"""Near twins: signatures, banding, exact comparison, groups around a keeper."""

from curator.similarity.groups import Twin, grouped
from curator.similarity.pairs import Pair, Paper, paper, sketches_needed, twins

__all__ = ["Pair", "Paper", "Twin", "grouped", "paper", "sketches_needed", "twins"]
