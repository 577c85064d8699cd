"""AttributeChecks: the six phrases of a record, and whether its texts agree on the gender."""

from __future__ import annotations

from plipdet.structures import PHRASE_SLOTS

from .entry import Entry
from .finding_kind import warning
from .finding_log import FindingLog, shown
from .gender_words import BOTH, FEMALE, MALE, NAMES, UNKNOWN, gender_of, is_gender_phrase

ALL_UNKNOWN = warning(
    "all-attributes-unknown",
    "all six attributes of a record are unknown",
    "remove the record: nothing can be predicted or masked",
)
UNKNOWN_GENDER = warning(
    "unknown-gender", "the first attribute is no gender word", "write man, woman or unknown first"
)
GENDER_IN_RECORD = warning(
    "gender-in-record",
    "attributes and captions of a record disagree on the gender",
    "correct the wrong one, or remove the record",
)

_GENDER = PHRASE_SLOTS.index("gender")


class AttributeChecks:
    """Checks the attributes of entry after entry.

    Args:
        log: Gets the findings.
    """

    def __init__(self, log: FindingLog) -> None:
        self._log = log

    def __call__(self, entry: Entry) -> int:
        """Check one entry and return the gender its texts agree on, a code of gender_words."""
        told: dict[str, int] = {}
        if entry.phrases is not None:
            phrase = entry.phrases[_GENDER]
            if not any(entry.phrases):
                self._log.add_entry(ALL_UNKNOWN, entry)
            elif phrase is not None:
                told["attributes"] = gender_of(phrase)
                if not is_gender_phrase(phrase):
                    self._log.add_entry(UNKNOWN_GENDER, entry, f"it is {shown(phrase)}")
        for number, caption in enumerate(entry.captions):
            told[f"caption {number + 1}"] = gender_of(caption)
        for caption in entry.prompt_captions:
            told["the prompt caption"] = gender_of(caption)
        # A sentence with both words speaks of two people; it neither agrees nor disagrees.
        sure = {who: code for who, code in told.items() if code in (MALE, FEMALE)}
        if not sure:
            return UNKNOWN
        codes = set(sure.values())
        if len(codes) == 1:
            return codes.pop()
        said = ", ".join(f"{who} says {NAMES[code]}" for who, code in sure.items())
        self._log.add_entry(GENDER_IN_RECORD, entry, said)
        return BOTH
