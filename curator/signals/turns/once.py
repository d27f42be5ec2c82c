"""Attributes that are worked out when they are first asked for."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):
    """An attribute that is worked out when it is first asked for, and kept: `cached_property`
    without the lock that Python 3.11's takes, which costs more than many of these attributes."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work, self.name, self.__doc__ = work, work.__name__, work.__doc__

    def __get__(self, turn: Any, _: type | None = None) -> T:
        value = self.work(turn)
        turn.__dict__[self.name] = value
        return value
