"""A video whose frames do not come evenly, as a phone or a recorder of screens makes them."""

import struct

import cv2

_BOXES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts")


def write_uneven_video(path, frames, *, fast, slow):
    """Write an MP4 at 10 frames a second, the first of them each taking as long as one, s.

    Args:
        path: Ends with .mp4.
        frames: BGR uint8, each of shape (H, W, 3).
        fast: How many frames of 0.1 s begin.
        slow: How long each other frame is shown, s.
    """
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (width, height))
    for frame in frames:
        writer.write(frame)
    writer.release()
    content = bytearray(
        path.read_bytes().replace(b"edts", b"free")
    )  # it ends after the former time
    places, at = [], 0
    for name in _BOXES:  # each within the one before, and the pictures before all of them
        at = content.index(name, at)
        places.append(at - 4)
    assert content.index(b"mdat") < places[0]
    table = places[-1] + 12
    entries, count, ticks = struct.unpack(">III", content[table : table + 12])
    assert (entries, count) == (1, len(frames))
    durations = struct.pack(">IIIII", 2, fast, ticks, count - fast, round(10 * slow * ticks))
    content[table : table + 12] = durations
    for place in places:
        (size,) = struct.unpack(">I", content[place : place + 4])
        content[place : place + 4] = struct.pack(">I", size + len(durations) - 12)
    path.write_bytes(content)
