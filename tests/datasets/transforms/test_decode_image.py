import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from plipdet.datasets.transforms.decode_image import decode_image
from plipdet.errors import UnreadableImageError


def pixels(height=160, width=70):
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (height // 10, width // 10, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def encoded(kind, *, mode="RGB", image=None, **options):
    file = io.BytesIO()
    Image.fromarray(pixels() if image is None else image).convert(mode).save(file, kind, **options)
    return file.getvalue()


def with_orientation(number, **options):
    exif = Image.Exif()
    exif[0x0112] = number
    return encoded("JPEG", exif=exif, **options)


def with_thumbnail():
    """A JPEG whose metadata hold another, end marker included."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + encoded("JPEG", image=pixels(20, 10))
    return encoded("JPEG", exif=exif)


JPEGS = {
    "baseline": encoded("JPEG"),
    "progressive": encoded("JPEG", progressive=True),
    "gray": encoded("JPEG", mode="L"),
    "cmyk": encoded("JPEG", mode="CMYK"),
    "exif": with_orientation(6),
    "thumbnail": with_thumbnail(),
    "restarts": cv2.imencode(".jpg", pixels(), [cv2.IMWRITE_JPEG_RST_INTERVAL, 2])[1].tobytes(),
}
OTHERS = {
    "png": encoded("PNG"),
    "bmp": encoded("BMP"),
    "webp": encoded("WEBP", lossless=True),
    "tiff": encoded("TIFF"),
}


def decode(data, **options):
    return decode_image(data, where="a.jpg", **options)[0]


@pytest.mark.parametrize("kind", JPEGS)
def test_jpegs_are_decoded_as_opencv_does(kind):
    wanted = cv2.imdecode(np.frombuffer(JPEGS[kind], np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    image, whole = decode_image(JPEGS[kind], where="a.jpg")
    assert whole == image.shape[:2] == wanted.shape[:2]
    assert image.dtype == np.uint8 and image.flags.c_contiguous
    assert np.abs(image.astype(int) - wanted).mean() < (2 if kind == "cmyk" else 1e-9)


@pytest.mark.parametrize("kind", [*JPEGS, *OTHERS])
def test_cut_files_are_refused_wherever_they_are_cut(kind):
    data = {**JPEGS, **OTHERS}[kind]
    decode(data)
    for keep in {*range(0, len(data), 37), *range(len(data) - 24, len(data))}:
        with pytest.raises(UnreadableImageError, match=r"a\.jpg cannot be read"):
            decode(data[:keep])
        with pytest.raises(UnreadableImageError):
            decode(data[:keep], min_size=(20, 10))


def test_bytes_behind_the_end_do_no_harm():
    assert (decode(JPEGS["baseline"] + bytes(100)) == decode(JPEGS["baseline"])).all()


def test_overwritten_parts_are_refused():
    data = bytearray(JPEGS["baseline"])
    data[len(data) // 2 :][:400] = data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    with pytest.raises(UnreadableImageError, match="cut short or corrupt"):
        decode(bytes(data))


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", bytes(99)])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(UnreadableImageError):
        decode(data)


@pytest.mark.parametrize("number", range(1, 9))
def test_orientation_is_applied_as_pillow_does(number):
    data = with_orientation(number)
    image, whole = decode_image(data, where="a.jpg")
    assert (image == np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))).all()
    assert whole == image.shape[:2]


@pytest.mark.parametrize("number", [1, 3, 6, 8])
def test_a_reduced_picture_is_upright_too(number):
    data = with_orientation(number, image=pixels(640, 280))
    full, whole = decode_image(data, where="a.jpg")
    reduced, same = decode_image(data, where="a.jpg", min_size=(full.shape[0] // 4, 20))
    assert whole == same == full.shape[:2]
    assert reduced.shape[:2] == (-(-whole[0] // 4), -(-whole[1] // 4))
    shrunk = cv2.resize(full, reduced.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(reduced.astype(int) - shrunk).mean() < 2


def test_wrong_metadata_say_nothing():
    data = JPEGS["exif"].replace(b"Exif\0\0MM", b"Exif\0\0??")
    assert decode(data).shape == pixels().shape


def test_depth_and_transparency():
    sixteen = cv2.imencode(".png", pixels()[:, :, ::-1].astype(np.uint16) * 257)[1].tobytes()
    assert (decode(sixteen) == pixels()).all()
    assert (decode(encoded("PNG", mode="RGBA")) == pixels()).all()
    gray = decode(encoded("PNG", mode="L"))
    assert gray.shape == pixels().shape and (gray[:, :, 0] == gray[:, :, 2]).all()


@pytest.mark.parametrize(
    "insert",
    [
        b"\xff",  # a fill byte
        b"\xff\xe0\x00\x05\xff\xda\xff",  # a segment with what looks like the start of the pixels
        b"\xff\xfe\x00\x06Exif",  # a comment
    ],
)
@pytest.mark.parametrize("number", [1, 6])
def test_headers_out_of_the_ordinary(insert, number):
    data = with_orientation(number, image=pixels(640, 280))
    odd = data[:2] + insert + data[2:]
    for min_size in (None, (150, 60)):
        image, whole = decode_image(odd, where="a.jpg", min_size=min_size)
        same, size = decode_image(data, where="a.jpg", min_size=min_size)
        assert whole == size == ((280, 640) if number == 6 else (640, 280))
        assert image.shape == same.shape and (image == same).all()
