"""Small functions that each damage a rendered set in one way, by the code that must be found."""

from __future__ import annotations

import codecs
import gzip
import json
import shutil
from pathlib import Path

import cv2
import numpy as np

from plipdet.datasets.sources import CuhkPedes, Market1501, SynthPedes
from plipdet.datasets.sources.table_cache import table_paths

SYNTH, CUHK, MARKET = "SYNTH-PEDES", "CUHK-PEDES", "Market-1501-v15.09.15"
SOURCES = {SYNTH: SynthPedes, CUHK: CuhkPedes, MARKET: Market1501}
ANNOTATIONS = {SYNTH: "synthpedes_dataset.json", CUHK: "reid_raw.json"}
PLANTED = []


def fault(code, layout):
    """Register a function that plants a fault; it gets the layout's folder."""

    def add(plant):
        PLANTED.append((code, layout, plant))
        return plant

    return add


def record_fault(code, layout):
    """Register a function that changes the list of records in place."""

    def add(change):
        def plant(folder):
            path = folder / ANNOTATIONS[layout]
            records = json.loads(path.read_text())
            change(records)
            path.write_text(json.dumps(records))

        plant.__name__ = change.__name__
        PLANTED.append((code, layout, plant))
        return change

    return add


def pictures(folder):
    return sorted(folder.rglob("*.jpg"))


# Where the set lies


@fault("no-annotation", SYNTH)
def annotation_missing(folder):
    (folder / "synthpedes_dataset.json").unlink()


@fault("no-annotation", MARKET)
def folders_missing(folder):
    for part in ("bounding_box_train", "bounding_box_test", "query"):
        shutil.rmtree(folder / part)


@fault("annotation-other-name", CUHK)
def annotation_renamed_by_a_browser(folder):
    (folder / "reid_raw.json").rename(folder / "reid_raw (1).json")


@fault("annotation-variant", SYNTH)
def annotation_of_second_name(folder):
    (folder / "synthpedes_dataset.json").rename(folder / "synthpedes-dataset.json")


@fault("several-annotations", CUHK)
def two_annotations(folder):
    shutil.copy(folder / "reid_raw.json", folder / "caption_all.json")


@fault("nested-folder", CUHK)
def unpacked_into_its_own_name(folder):
    inner = folder.parent / "inner"
    folder.rename(inner)
    folder.mkdir()
    inner.rename(folder / folder.name)
    shutil.copy(folder.parent / "minipedes.json", folder)


@fault("missing-folder", SYNTH)
def part_missing(folder):
    shutil.rmtree(folder / "Part3")


@fault("missing-folder", CUHK)
def picture_folder_missing(folder):
    shutil.rmtree(folder / "imgs")


@fault("missing-folder", MARKET)
def query_folder_missing(folder):
    shutil.rmtree(folder / "query")


@fault("missing-folder", MARKET)
def training_folder_missing(folder):
    shutil.rmtree(folder / "bounding_box_train")


@fault("empty-folder", MARKET)
def gallery_empty(folder):
    for path in (folder / "bounding_box_test").iterdir():
        path.unlink()


@fault("unfinished-download", SYNTH)
def half_an_archive(folder):
    (folder / "Part12.zip.BaiduPCS-Go-downloading").write_bytes(b"PK")


@fault("archive", SYNTH)
def archive_left(folder):
    (folder / "Part1.zip").write_bytes(b"PK")


@fault("stale-cache", CUHK)
def table_of_an_older_annotation(folder):
    (folder / ".plipdet").mkdir()
    (folder / ".plipdet" / "cuhk_pedes-0123456789abcdef.arrow").write_bytes(b"x")


@fault("broken-cache", CUHK)
def table_damaged(folder):
    source = CuhkPedes(folder)
    path = table_paths(folder, source.name, source.fingerprint(folder))[0]
    path.parent.mkdir()
    path.write_bytes(b"ARROW1 and nothing more")


# The annotation as a file


@fault("empty-annotation", SYNTH)
def annotation_of_no_bytes(folder):
    (folder / "synthpedes_dataset.json").write_bytes(b"")


@fault("empty-annotation", CUHK)
def annotation_of_no_records(folder):
    (folder / "reid_raw.json").write_text(" [ ]\n")


@fault("not-json", SYNTH)
def annotation_is_a_web_page(folder):
    (folder / "synthpedes_dataset.json").write_text("<!DOCTYPE html><html>404</html>")


@fault("not-json", CUHK)
def annotation_is_a_pointer(folder):
    (folder / "reid_raw.json").write_text("version https://git-lfs.github.com/spec/v1\noid x\n")


@fault("not-json", CUHK)
def annotation_is_packed(folder):
    path = folder / "reid_raw.json"
    path.write_bytes(gzip.compress(path.read_bytes()))


@fault("not-a-list", SYNTH)
def records_by_name(folder):
    path = folder / "synthpedes_dataset.json"
    records = json.loads(path.read_text())
    path.write_text(json.dumps({str(i): record for i, record in enumerate(records)}))


@fault("not-a-list", CUHK)
def one_record_a_line(folder):
    path = folder / "reid_raw.json"
    records = json.loads(path.read_text())
    path.write_text("\n".join(map(json.dumps, records)))


@fault("json-cut-short", SYNTH)
def annotation_cut_short(folder):
    path = folder / "synthpedes_dataset.json"
    path.write_bytes(path.read_bytes()[:-500])


@fault("json-broken", CUHK)
def comma_missing(folder):
    path = folder / "reid_raw.json"
    path.write_text(path.read_text().replace("}, {", "} {", 1))


@fault("not-utf8", CUHK)
def other_encoding(folder):
    path = folder / "reid_raw.json"
    path.write_bytes(path.read_bytes().replace(b"A senior man", "A señior man".encode("latin1"), 1))


@fault("not-utf8", SYNTH)
def two_bytes_a_character(folder):
    path = folder / "synthpedes_dataset.json"
    path.write_text(path.read_text(), encoding="utf-16")


@fault("byte-order-mark", SYNTH)
def byte_order_mark(folder):
    path = folder / "synthpedes_dataset.json"
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())


@fault("crlf", CUHK)
def line_ends_of_windows(folder):
    path = folder / "reid_raw.json"
    path.write_bytes(path.read_bytes().replace(b"}, {", b"},\r\n{"))


# Records and their keys


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


# Captions and attributes


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


# Market-1501


@fault("bad-image-name", MARKET)
def picture_of_another_name(folder):
    path = pictures(folder / "bounding_box_train")[0]
    path.rename(path.with_name("IMG_2041.jpg"))


@fault("bad-image-name", MARKET)
def camera_of_ten_digits(folder):
    path = pictures(folder / "bounding_box_train")[0]
    path.rename(path.with_name("0001_c1234567890s1_000001_01.jpg"))


@fault("unread-picture", MARKET)
def picture_in_capitals(folder):
    path = pictures(folder / "bounding_box_train")[0]
    path.rename(path.with_suffix(".JPG"))


@fault("junk-outside-gallery", MARKET)
def junk_in_query(folder):
    path = pictures(folder / "bounding_box_test")[0]
    assert path.name.startswith("-1")
    path.rename(folder / "query" / path.name)


@fault("distractor-outside-gallery", MARKET)
def distractor_in_train(folder):
    path = next((folder / "bounding_box_test").glob("0000_*"))
    shutil.copy(path, folder / "bounding_box_train" / "0000_c1s1_000001_02.jpg")
    repaint(folder / "bounding_box_train" / "0000_c1s1_000001_02.jpg")


@fault("no-distractors", MARKET)
def distractors_removed(folder):
    for path in (folder / "bounding_box_test").glob("0000_*"):
        path.unlink()


@fault("camera-out-of-range", MARKET)
def camera_twelve(folder):
    path = pictures(folder / "bounding_box_train")[0]
    path.rename(path.with_name("0001_c12s1_000001_01.jpg"))


@fault("query-without-match", MARKET)
def no_answer(folder):
    for path in (folder / "bounding_box_test").glob("0017_*"):
        path.unlink()


@fault("query-without-other-camera", MARKET)
def answers_of_one_camera(folder):
    (folder / "bounding_box_test" / "0017_c6s1_000051_01.jpg").unlink()


@fault("one-camera-identity", MARKET)
def identity_of_one_camera(folder):
    first, *others = sorted((folder / "bounding_box_train").glob("0001_*"))
    for path in others:
        if path.name.split("_")[1] != first.name.split("_")[1]:
            path.unlink()


@fault("identity-in-two-splits", MARKET)
def identity_of_test_in_training(folder):
    for camera in (1, 2):
        path = folder / "bounding_box_train" / f"0017_c{camera}s1_000001_01.jpg"
        shutil.copy(pictures(folder / "query")[0], path)
        repaint(path, camera)


# Files


@fault("missing-image", SYNTH)
def picture_missing(folder):
    pictures(folder)[9].unlink()


@fault("case-mismatch", CUHK)
def folder_in_capitals(folder):
    (folder / "imgs" / "test_query").rename(folder / "imgs" / "Test_Query")


@fault("suffix-mismatch", CUHK)
def picture_of_another_ending(folder):
    path = pictures(folder)[9]
    path.rename(path.with_suffix(".jpeg"))


@fault("broken-link", CUHK)
def link_to_nothing(folder):
    path = pictures(folder)[9]
    path.unlink()
    path.symlink_to(folder / "unmounted" / path.name)


@fault("link-loop", SYNTH)
def link_to_itself(folder):
    (folder / "Part1" / "again").symlink_to(folder, target_is_directory=True)


@fault("extra-picture", CUHK)
def picture_without_record(folder):
    path = pictures(folder)[9]
    shutil.copy(path, path.with_name("copy.jpg"))


@fault("stray-file", MARKET)
def thumbnails_of_windows(folder):
    (folder / "query" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")


# Pictures


def repaint(path: Path, value: int = 0) -> None:
    """Change a corner, so that the picture is no copy."""
    image = cv2.imread(str(path))
    image[:20, :20] = (0, 200, value)
    cv2.imwrite(str(path), image)


def noise(height, width):
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)


@fault("empty-image", CUHK)
def picture_of_no_bytes(folder):
    pictures(folder)[9].write_bytes(b"")


@fault("image-cut-short", SYNTH)
def picture_cut_short(folder):
    path = pictures(folder)[9]
    path.write_bytes(path.read_bytes()[:-300])


@fault("lfs-pointer", MARKET)
def picture_is_a_pointer(folder):
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"
    pictures(folder)[9].write_text(text)


@fault("not-a-picture", CUHK)
def picture_is_a_web_page(folder):
    pictures(folder)[9].write_text("<html><body>403 Forbidden</body></html>")


@fault("damaged-image", SYNTH)
def picture_overwritten(folder):
    path = pictures(folder)[9]
    data = bytearray(path.read_bytes())
    data[400:900] = bytes(500)
    path.write_bytes(data)


@fault("damaged-image", CUHK)
def picture_of_zeros(folder):
    pictures(folder)[9].write_bytes(b"\xff\xd8\xff" + bytes(100) + b"\xff\xd9")


@fault("format-against-name", CUHK)
def png_named_jpg(folder):
    path = pictures(folder)[9]
    path.write_bytes(cv2.imencode(".png", cv2.imread(str(path)))[1].tobytes())


@fault("tiny-image", CUHK)
def picture_tiny(folder):
    cv2.imwrite(str(pictures(folder)[9]), noise(20, 8))


@fault("huge-image", MARKET)
def picture_huge(folder):
    cv2.imwrite(str(pictures(folder)[9]), noise(2100, 64))


@fault("wide-image", CUHK)
def picture_wide(folder):
    cv2.imwrite(str(pictures(folder)[9]), noise(64, 128))


@fault("gray-image", SYNTH)
def picture_gray(folder):
    path = pictures(folder)[9]
    cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))


@fault("blank-image", SYNTH)
def picture_blank(folder):
    cv2.imwrite(str(pictures(folder)[9]), np.full((128, 64, 3), (10, 200, 30), np.uint8))


@fault("same-picture-of-two-identities", SYNTH)
def picture_under_two_identities(folder):
    shutil.copy(folder / "Part1" / "1" / "1.jpg", folder / "Part1" / "2" / "2.jpg")


@fault("same-picture-in-two-splits", MARKET)
def training_picture_in_the_gallery(folder):
    target = pictures(folder / "bounding_box_test")[9]
    shutil.copy(pictures(folder / "bounding_box_train")[0], target)


@fault("same-picture-twice", SYNTH)
def picture_under_two_names(folder):
    shutil.copy(folder / "Part1" / "1" / "1.jpg", folder / "Part1" / "1" / "2.jpg")
