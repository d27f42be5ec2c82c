"""The filter language: one for the app, for `--where` of every command and for saved views."""

from curator.filters.completing import Offer, complete
from curator.filters.faults import FilterError
from curator.filters.fields import FIELDS, Field, reference
from curator.filters.joining import beside, both
from curator.filters.nodes import Filter
from curator.filters.parsing import parse

__all__ = [
    "FIELDS", "Field", "Filter", "FilterError", "Offer", "beside", "both", "complete", "parse",
    "reference",
]  # fmt: skip
