"""What is wrong with a filter, and where."""

from unicodedata import east_asian_width

from curator.errors import ConfigError


class FilterError(ConfigError):
    """A filter that cannot be understood: a sentence, then the text with a caret below.

    `column` counts from 0; `sentence` is the first line alone.
    """

    def __init__(self, sentence: str, text: str, column: int) -> None:
        self.sentence, self.text, self.column = sentence, text, column
        shown = text.replace("\n", " ").replace("\t", " ")
        wide = sum(east_asian_width(sign) in "WF" for sign in shown[:column])
        super().__init__(f"{sentence}\n  {shown}\n  {' ' * (column + wide)}^")
