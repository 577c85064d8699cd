"""Faults of an annotation's records and their keys."""

import json
import shutil

from planting import CUHK, SYNTH, fault, record_fault


@record_fault("record-not-an-object", CUHK)
def record_is_a_list(records):
    records[5] = list(records[5].values())


@record_fault("key-variant", CUHK)
def path_under_another_key(records):
    for record in records:
        record["img_path"] = record.pop("file_path")


@record_fault("key-variant", SYNTH)
def caption_in_the_singular(records):
    records[3]["caption"] = records[3].pop("captions")


@record_fault("key-variant", SYNTH)
def key_in_capitals(records):
    records[3]["Id"] = records[3].pop("id")


@record_fault("key-alias", SYNTH)
def prompt_captions_in_the_plural(records):
    for record in records:
        record["prompt_captions"] = record.pop("prompt_caption")


@record_fault("missing-key", SYNTH)
def no_id(records):
    del records[7]["id"]


@record_fault("missing-key", CUHK)
def no_split(records):
    del records[7]["split"]


@record_fault("missing-key", CUHK)
def no_path(records):
    del records[7]["file_path"]


@record_fault("not-text", CUHK)
def path_is_null(records):
    records[7]["file_path"] = None


@record_fault("not-text", SYNTH)
def caption_is_a_number(records):
    records[7]["captions"][1] = 42


@record_fault("captions-not-a-list", SYNTH)
def caption_is_a_string(records):
    records[7]["captions"] = records[7]["captions"][0]


@record_fault("id-not-a-number", SYNTH)
def id_is_a_string(records):
    for record in records:
        record["id"] = str(record["id"])


@record_fault("id-not-a-number", CUHK)
def id_of_forty_digits(records):
    records[7]["id"] = 10**40


@record_fault("negative-id", CUHK)
def id_negative(records):
    records[7]["id"] = -1


@record_fault("ids-off-by-one", CUHK)
def ids_from_zero(records):
    for record in records:
        record["id"] -= 1


@record_fault("ids-off-by-one", CUHK)
def ids_from_two(records):
    for record in records:
        record["id"] += 1


@record_fault("ids-off-by-one", SYNTH)
def ids_one_less_than_their_folders(records):
    for record in records:
        record["id"] -= 1


@record_fault("id-against-path", SYNTH)
def id_of_another_folder(records):
    same_gender = [r for r in records if r["attributes"][0].startswith("male")]
    first = same_gender[0]
    next(r for r in same_gender if r["id"] != first["id"])["id"] = first["id"]


@record_fault("identity-gaps", CUHK)
def last_identity_far_off(records):
    last = records[-1]["id"]
    for record in records:
        record["id"] += 100 * (record["id"] == last)


@record_fault("split-spelling", CUHK)
def split_in_capitals(records):
    for record in records:
        record["split"] = record["split"].capitalize()


@record_fault("unknown-split", CUHK)
def split_unknown(records):
    records[7]["split"] = "traning"


@record_fault("split-without-records", CUHK)
def no_validation(records):
    for record in records:
        record["split"] = record["split"].replace("val", "train")


@record_fault("identity-in-two-splits", CUHK)
def identity_in_train_and_test(records):
    records[7]["split"] = "test"


@record_fault("backslash-path", CUHK)
def paths_of_windows(records):
    for record in records:
        record["file_path"] = record["file_path"].replace("/", "\\")


@record_fault("absolute-path", SYNTH)
def paths_of_another_machine(records):
    for record in records:
        record["file_path"] = f"/home/me/data/SYNTH-PEDES/{record['file_path']}"


@record_fault("path-leaves-folder", CUHK)
def path_above_the_folder(records):
    records[7]["file_path"] = f"../imgs/../{records[7]['file_path']}"


@record_fault("path-prefix", CUHK)
def folder_twice(records):
    for record in records:
        record["file_path"] = f"imgs/{record['file_path']}"


@record_fault("path-prefix", SYNTH)
def name_of_the_set_before_the_path(records):
    for record in records:
        record["file_path"] = f"SYNTH-PEDES/{record['file_path']}"


@record_fault("duplicate-record", CUHK)
def record_twice(records):
    records.append(records[7])


@record_fault("image-of-two-identities", CUHK)
def picture_of_two_identities(records):
    first = records[0]
    other = next(r for r in records if r["id"] != first["id"] and r["split"] == first["split"])
    texts = ["A person in a white top with a bag.", "Someone wears a white top and a bag."]
    records.append({**first, "id": other["id"], "captions": texts})


@record_fault("reader-refuses", CUHK)
def half_a_character(records):
    records[7]["captions"][0] += " \ud83d"


@fault("fewer-than-known", SYNTH)
def identity_removed(folder):
    path = folder / "synthpedes_dataset.json"
    records = json.loads(path.read_text())
    path.write_text(json.dumps([r for r in records if r["id"] != 1]))
    shutil.rmtree(folder / "Part1" / "1")


@fault("fewer-than-known", CUHK)
def not_the_whole_release(folder):
    (folder.parent / "minipedes.json").unlink()


@record_fault("more-than-known", SYNTH)
def captions_added(records):
    records[7]["captions"].append("A third sentence about this person in the street.")
