"""CaptionChecks: what may be wrong with the sentences of a record."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from .entry import Entry
from .finding_kind import FindingKind, error, note, warning
from .finding_log import FindingLog, shown
from .set_facts import SetFacts

NO_CAPTIONS = error("no-captions", "records have no caption", "add one, or remove these records")
EMPTY_CAPTION = error(
    "empty-caption", "a caption holds no word", "write the text, or remove the entry"
)
PLACEHOLDER = warning(
    "placeholder-caption",
    "a caption is the placeholder of a table or program",
    "write the text, or remove the entry",
)
ONE_WORD = warning(
    "one-word-caption", "a caption is a single word", "write a sentence, or remove the entry"
)
ABSURDLY_LONG = warning(
    "absurdly-long-caption",
    "a caption has more than 200 words",
    "look for joined records or text of a web page, and cut it",
)
LONG = note(
    "long-caption",
    "a caption has more than 62 words and marks; what goes beyond 64 tokens is not read",
    "nothing, or raise max_length of the tokenizer in the config",
)
OTHER_SCRIPT = warning(
    "other-script",
    "a caption has letters of another script than Latin",
    "translate it; the English vocabulary reads it letter by letter or not at all",
)
MARKUP = warning(
    "markup", "a caption has HTML entities or tags", "decode it: html.unescape, and drop the tags"
)
MOJIBAKE = warning(
    "mojibake",
    "a caption was decoded by the wrong table of characters",
    "read the raw file as UTF-8, or run ftfy.fix_text over the captions",
)
CONTROL_CHARACTERS = warning(
    "control-characters", "a caption has characters that no one can see", "remove them"
)
REPEATED = note(
    "repeated-caption",
    "a record has the same caption twice",
    "nothing, or remove one: it is drawn twice as often",
)
CAPTION_COUNT = note(
    "caption-count",
    "records have fewer or more captions than the release gives",
    "nothing, if the set was changed on purpose",
)
NO_PROMPT_CAPTION = note(
    "no-prompt-caption",
    "records have no prompt caption",
    "nothing, unless the config draws prompt captions",
)

_LONGEST = 200  # words
_TOKENS = 62  # of 64, without [CLS] and [SEP]
_SHORT = 3 * _TOKENS  # characters; so many words and marks are longer
_MARKUP = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,6});|</?[a-zA-Z][^<>]{0,80}>")
_PIECE = re.compile(r"\w+|[^\w\s]")
# UTF-8 read as Latin-1 or cp1252, and the mark of a character that could not be read.
_MOJIBAKE = re.compile("\u00c3[\u0080-\u00bf\u0192\u201a-\u2122]|\u00e2\u20ac|\u00c2[\u00a0-\u00bf]|\ufffd")  # fmt: skip  # noqa: E501
_OTHER_LETTER = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")
_PLACEHOLDERS = {
    "nan", "none", "null", "n/a", "na", "unknown", "undefined", "caption", "text", "todo", "string",
    "...", "-", ".", "?",
}  # fmt: skip


class CaptionChecks:
    """Checks the captions of entry after entry.

    Args:
        facts: What is known of the data set.
        log: Gets the findings.
    """

    def __init__(self, facts: SetFacts, log: FindingLog) -> None:
        self._facts, self._log = facts, log

    def __call__(self, entry: Entry) -> None:
        """Check one entry."""
        log, facts = self._log, self._facts
        for caption in entry.captions:
            self._check(caption, entry)
        for caption in entry.prompt_captions:
            self._check(caption, entry)
        count = len(entry.captions)
        if not count:
            if "captions" not in facts.optional:
                log.add_entry(NO_CAPTIONS, entry)
        elif facts.captions_per_image is not None:
            least, most = facts.captions_per_image
            if not least <= count <= most:
                log.add_entry(CAPTION_COUNT, entry, f"{count}; the release has {least} to {most}")
        if count > 1 and len(set(entry.captions)) < count:
            log.add_entry(REPEATED, entry)
        if "prompt_captions" in facts.keys and not entry.prompt_captions:
            log.add_entry(NO_PROMPT_CAPTION, entry)

    def _check(self, text: str, entry: Entry) -> None:
        for kind in _faults(text):
            self._log.add_entry(kind, entry, shown(text))


def _faults(text: str) -> Iterator[FindingKind]:
    words = len(text.split())
    if words < 2:
        plain = text.strip().lower()
        if not words:
            yield EMPTY_CAPTION
        elif plain in _PLACEHOLDERS:
            yield PLACEHOLDER
        elif text.isascii():  # other scripts may not part words
            yield ONE_WORD
    elif words > _LONGEST:
        yield ABSURDLY_LONG
    elif len(text) > _SHORT and len(_PIECE.findall(text)) > _TOKENS:
        yield LONG
    if ("&" in text or "<" in text) and _MARKUP.search(text):
        yield MARKUP
    if not text.isprintable() and any(map(_is_control, text)):
        yield CONTROL_CHARACTERS
    if not text.isascii():
        if _MOJIBAKE.search(text):
            yield MOJIBAKE
        elif _OTHER_LETTER.search(text):
            yield OTHER_SCRIPT


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf") and character not in "\t\n\r"
