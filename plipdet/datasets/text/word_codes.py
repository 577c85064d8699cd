"""WordCodes: one character for each word, so that a caption is a short string to search in."""

from __future__ import annotations

_LAST = 0x10FFFF
_MOST_WORDS = 30_000
_MOST_CHARACTERS = 500_000


class WordCodes(dict[str, str]):
    """The character that stands for a word; a new word gets the next one.

    Words are found in a string of them as fast as memory is compared. Past a million words all
    further ones would share a character; the owner empties the codes when they are ``full``,
    and with them whatever it made of them.
    """

    NO_WORD = chr(0)

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self._characters = 0

    def __missing__(self, word: str) -> str:
        code = self[word] = chr(min(len(self) + 1, _LAST))
        self._characters += len(word)
        self.full = len(self) >= _MOST_WORDS or self._characters >= _MOST_CHARACTERS
        return code
