"""Faults of where a set lies and of its annotation as a file."""

import codecs
import gzip
import json
import shutil

from planting import CUHK, MARKET, SYNTH, fault

from plipdet.datasets.sources import CuhkPedes
from plipdet.datasets.sources.table_cache import table_paths

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
