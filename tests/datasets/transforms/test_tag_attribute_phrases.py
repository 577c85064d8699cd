from plipdet.datasets.transforms import TagAttributePhrases
from plipdet.structures import PHRASE_SLOTS, PersonRow


def test_phrases_of_the_row_come_first():
    caption = "A man holds a zorblax and wears a white shirt"
    row = PersonRow("a", attribute_phrases=["man", None, "white shirt", None, None, "zorblax"])
    spans = TagAttributePhrases()({"row": row, "caption": caption})["caption_spans"]
    found = {caption[span.start : span.end]: PHRASE_SLOTS[span.slot] for span in spans}
    assert found == {"man": "gender", "white shirt": "upper", "zorblax": "belongings"}


def test_without_phrases_the_words_decide():
    caption = "A woman in a red skirt"
    results = TagAttributePhrases()({"row": PersonRow("a"), "caption": caption})
    found = {caption[s.start : s.end] for s in results["caption_spans"]}
    assert found == {"woman", "red skirt"}
