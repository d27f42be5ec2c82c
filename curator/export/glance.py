"""What a chat looks like from afar: enough to tell most trainers' mind without its words."""

import re

import msgspec

_IN_TURN = re.compile(rb"s?(?:ua)+")


class Glance(msgspec.Struct, frozen=True):
    """Of a chat of words alone: the first letter of each turn's role, all its characters, their
    bytes in UTF-8, and the characters of its shortest turn."""

    roles: bytes
    characters: int
    size: int
    shortest: int

    @property
    def sound(self) -> bool:
        """Whether question and answer take turns (a system text may stand before them) and every
        turn says something."""
        return self.shortest > 0 and _IN_TURN.fullmatch(self.roles) is not None
