"""Does a rewrite know what it could not know yet?

A rewrite is written by a model that has read the later turns, and must not show it. Three ways of
showing it are looked for: facts that only later turns hold, talk of the future or of the feedback,
and answers to questions that nobody has asked yet. English and Chinese; no model, no network.
"""

from curator.leak.detector import LeakSpan, find, leaks

__all__ = ["LeakSpan", "find", "leaks"]
