"""A tantivy index of places and words: CJK characters are words of their own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from curator.filters.nodes import Words
from curator.filters.words import tokens

#: What a turn says, and what a rewrite proposes and criticises.
FIELDS = ("said", "proposed")
#: Threads that write, and their memory in bytes, all together.
THREADS, HEAP = 2, 192_000_000
#: Hits that are fetched in one go.
AT_ONCE = 500_000


class WordIndex:
    """The index in one folder, made when it is first opened. Raises what `of_the_index` knows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: Any = None

    def there(self) -> bool:
        """Whether its folder holds anything."""
        return self._folder.is_dir() and any(self._folder.iterdir())

    def pieces(self) -> int:
        """How many segments it is made of."""
        return int(self._open().searcher().num_segments)

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """A tantivy writer; segments are merged at the end of a block that ends well."""
        writer = self._open().writer(HEAP, THREADS)
        try:
            yield writer
            writer.wait_merging_threads()
        finally:
            del writer  # lets go of the folder's lock

    def reload(self) -> None:
        """See what was committed."""
        self._open().reload()

    def count(self) -> int:
        """How many texts it holds."""
        return int(self._open().searcher().num_docs)

    def places(self, field: str, words: Words) -> Any:
        """The places of one field where the words are, as an array."""
        import numpy as np

        index = self._open()
        searcher = index.searcher()
        query = _query(index.schema, field, tokens(words.text), words.prefix)
        parts = list(_in_parts(index.schema, searcher, query, (0, 1 << 62)))
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def drop(self) -> None:
        """Delete it."""
        self._opened = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> Any:
        if self._opened is None:
            import tantivy

            schema = tantivy.SchemaBuilder()
            schema.add_integer_field("place", fast=True)
            schema.add_integer_field("batch", indexed=True)
            for field in FIELDS:
                schema.add_text_field(field, tokenizer_name="words", index_option="position")
            self._folder.mkdir(exist_ok=True)
            index = tantivy.Index(schema.build(), path=str(self._folder))
            # Texts come spread out (`words.spread`): a pattern of Rust's takes three times as long.
            words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
            index.register_tokenizer("words", words.build())
            self._opened = index
        return self._opened


def mirrored(folder: Path) -> "TemporaryDirectory[str]":
    """A folder, there as long as the value is, with links to all files of another one."""
    mirror = TemporaryDirectory(prefix="curator-search-")
    for file in folder.iterdir() if folder.is_dir() else ():
        if not file.name.endswith(".lock"):
            (Path(mirror.name) / file.name).symlink_to(file)
    return mirror


def of_the_index(error: BaseException) -> bool:
    """Whether tantivy or the disk has failed; a panic of Rust's is no `Exception` in Python."""
    return isinstance(error, ValueError | OSError) or type(error).__name__ == "PanicException"


def _query(schema: Any, field: str, asked: list[str], prefix: bool) -> Any:
    from tantivy import Query

    if prefix and len(asked) == 1:
        return Query.regex_query(schema, field, f"{asked[0]}.*")
    if prefix:
        return Query.regex_phrase_query(schema, field, [*asked[:-1], f"{asked[-1]}.*"])
    if len(asked) == 1:
        return Query.term_query(schema, field, asked[0], "basic")
    return Query.phrase_query(schema, field, list(asked))


def _in_parts(schema: Any, searcher: Any, query: Any, stretch: tuple[int, int]) -> Iterator[Any]:
    """The places that a query finds in a stretch of places, an array at a time: a hit costs a
    hundred bytes on its way, so that very many are asked for by halves."""
    import numpy as np
    from tantivy import FieldType, Occur, Query

    low, high = stretch
    if stretch != (0, 1 << 62):
        between = Query.range_query(schema, "place", FieldType.Integer, low, high - 1)
        query_here = Query.boolean_query([(Occur.Must, query), (Occur.Must, between)])
    else:
        query_here = query
    count = searcher.search(query_here, limit=1, count=True).count
    if count > AT_ONCE:
        middle = (low + min(high, _last_place(searcher) + 1)) // 2
        yield from _in_parts(schema, searcher, query, (low, middle))
        yield from _in_parts(schema, searcher, query, (middle, high))
    elif count:
        hits = searcher.search(query_here, count, False, order_by_field="place").hits
        yield np.fromiter((place for place, _ in hits), np.int64, len(hits))


def _last_place(searcher: Any) -> int:
    from tantivy import Query

    hits = searcher.search(Query.all_query(), 1, False, order_by_field="place").hits
    return int(hits[0][0])
