"""Faults of names, folders and pictures."""

import shutil

import cv2
import numpy as np
from planting import CUHK, MARKET, SYNTH, fault, pictures

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


def repaint(path, value=0):
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
