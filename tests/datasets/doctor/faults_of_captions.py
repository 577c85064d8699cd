"""Faults of captions and attributes."""

from planting import CUHK, SYNTH, record_fault


@record_fault("no-captions", CUHK)
def no_captions(records):
    records[7]["captions"] = []


@record_fault("empty-caption", SYNTH)
def caption_blank(records):
    records[7]["captions"][0] = " \n"


@record_fault("placeholder-caption", SYNTH)
def caption_of_pandas(records):
    records[7]["captions"][0] = "NaN"


@record_fault("one-word-caption", SYNTH)
def caption_of_one_word(records):
    records[7]["captions"][0] = "trousers"


@record_fault("absurdly-long-caption", CUHK)
def caption_of_a_page(records):
    records[7]["captions"][0] = "with a bag and a coat " * 50


@record_fault("long-caption", CUHK)
def caption_beyond_the_tokens(records):
    records[7]["captions"][0] = "with a bag, and a coat; " * 9


@record_fault("other-script", CUHK)
def caption_in_chinese(records):
    records[7]["captions"][0] = "一个穿着黑色外套的人 在街上"


@record_fault("markup", CUHK)
def caption_of_a_web_page(records):
    records[7]["captions"][0] = "Black &amp; white shoes<br/>and a bag"


@record_fault("mojibake", CUHK)
def caption_decoded_wrongly(records):
    text = "A café owner\u2019s black shoes".encode().decode("cp1252")
    records[7]["captions"][0] = text


@record_fault("control-characters", CUHK)
def caption_with_a_zero_width_space(records):
    records[7]["captions"][0] = "Black\u200b shoes and a bag\u0007"


@record_fault("repeated-caption", CUHK)
def caption_twice(records):
    records[7]["captions"][1] = records[7]["captions"][0]


@record_fault("caption-of-many-identities", CUHK)
def caption_of_everybody(records):
    for record in records:
        record["captions"][0] = "A person walks in the street."


@record_fault("caption-count", CUHK)
def five_captions(records):
    records[7]["captions"] += [f"Black shoes and bag number {i}" for i in range(3)]


@record_fault("no-prompt-caption", SYNTH)
def no_prompt_caption(records):
    del records[7]["prompt_caption"]


@record_fault("no-attributes", SYNTH)
def no_attributes(records):
    del records[7]["attributes"]


@record_fault("attributes-not-six", SYNTH)
def five_attributes(records):
    records[7]["attributes"] = [records[7]["attributes"][0].rpartition(",")[0]]


@record_fault("attributes-not-six", SYNTH)
def attributes_by_name(records):
    records[7]["attributes"] = {"gender": "man"}


@record_fault("all-attributes-unknown", SYNTH)
def attributes_unknown(records):
    records[7]["attributes"] = [",".join(["unknown"] * 6)]


@record_fault("unknown-gender", SYNTH)
def gender_misspelt(records):
    phrases = records[7]["attributes"][0].split(",")
    records[7]["attributes"] = [",".join(["mna", *phrases[1:]])]


@record_fault("gender-in-record", SYNTH)
def gender_against_the_captions(records):
    record = next(r for r in records if r["attributes"][0].startswith("male,"))
    record["attributes"] = [record["attributes"][0].replace("male,", "woman,", 1)]
    record["captions"][0] = "A man in a white top with black shoes."


@record_fault("gender-in-identity", CUHK)
def gender_of_another_record(records):
    def words(record):
        return set(" ".join(record["captions"]).lower().replace(".", " ").split())

    record = next(r for r in records if {"man", "male", "guy"} & words(r))
    record["captions"] = ["A woman in a white top.", "This lady has black shoes on."]
