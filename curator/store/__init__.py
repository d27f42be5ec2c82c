"""One DuckDB file is one workspace; the only room where SQL is spoken."""

from curator.store.workspace import Store

__all__ = ["Store"]
