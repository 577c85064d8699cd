"""Cut people out of annotated videos into a SYNTH-PEDES and a CUHK-PEDES folder.

Both folders hold the same people and pictures: the first to train on, the second, all of its
"test" split, to search by sentence with a model trained elsewhere. Each video is a camera, and
identities of different videos get different numbers.

Example:
    python tools/data/crops_from_boxes.py street.mp4 street.json hall.264 hall.json --out people
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import cv2

from plipdet.cli import report, tool, write_json
from plipdet.datasets.video_annotation import VideoAnnotation
from plipdet.datasets.video_crops import choose_boxes, crop_people
from plipdet.errors import InputError
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.cuhk_pedes import export_cuhk_pedes
from plipdet.minipedes.exporters.synth_pedes import export_synth_pedes
from plipdet.new_folder import new_folder

MARKER = "crops.json"


def parse_args() -> argparse.Namespace:
    """Return the checked command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "pairs",
        nargs="+",
        type=Path,
        metavar="VIDEO BOXES.json",
        help="a video and its boxes; repeat",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an earlier result in --out"
    )
    parser.add_argument("--stride", type=int, default=1, help="keep every n-th box of a person")
    parser.add_argument("--per-person", type=int, help="keep at most so many crops of a person")
    parser.add_argument(
        "--margin",
        type=float,
        default=0.05,
        help="added on each side, share of the box (%(default)s)",
    )
    args = parser.parse_args()
    if len(args.pairs) % 2:
        raise InputError(f"{len(args.pairs)} files given; expected pairs: VIDEO BOXES.json ...")
    for name, least in (("stride", 1), ("per_person", 1), ("margin", 0)):
        value = getattr(args, name)
        if value is not None and value < least:
            raise InputError(f"--{name.replace('_', '-')} {value}; expected {least} or more")
    return args


def cut_video(
    video: Path,
    annotation: VideoAnnotation,
    args: argparse.Namespace,
    camera: int,
    first_id: int,
    folder: Path,
) -> list[CropRecord]:
    """Write the crops of one video and return their records, identities from ``first_id`` on."""
    boxes = choose_boxes(annotation.boxes, stride=args.stride, per_person=args.per_person)
    ids = {name: first_id + i for i, name in enumerate(annotation.captions)}
    records = []
    crops = crop_people(video, boxes, size=annotation.size, margin=args.margin)
    for number, (box, crop) in enumerate(crops):
        path = folder / f"{camera}_{number}.jpg"
        if not cv2.imwrite(str(path), crop, [cv2.IMWRITE_JPEG_QUALITY, 95]):
            raise InputError(f"cannot write {path}; is the disk full?")
        records.append(
            CropRecord(
                path,
                ids[box.person],
                camera,
                box.frame,
                "train",
                annotation.captions[box.person],
                (),
                annotation.phrases[box.person],
            )
        )
    return records


@tool
def main() -> None:
    """Run the tool."""
    args = parse_args()
    pairs = list(zip(args.pairs[::2], args.pairs[1::2], strict=True))
    annotations = [VideoAnnotation.read(boxes) for _, boxes in pairs]
    with new_folder(args.out, overwrite=args.overwrite, marker=MARKER) as part:
        images = part / "images"
        images.mkdir()
        records: list[CropRecord] = []
        people = 0
        for camera, ((video, _), annotation) in enumerate(zip(pairs, annotations, strict=True), 1):
            records += cut_video(video, annotation, args, camera, people + 1, images)
            people += len(annotation.captions)
        if not records:
            raise InputError(f"no box in {[str(boxes) for _, boxes in pairs]}; nothing to cut")
        records.sort(key=lambda record: (record.person_id, record.frame))
        export_synth_pedes(records, part)
        export_cuhk_pedes([dataclasses.replace(r, split="test") for r in records], part)
        for record in records:
            record.image.unlink()
        images.rmdir()
        result: dict[str, Any] = {
            "videos": len(pairs),
            "identities": len({record.person_id for record in records}),
            "crops": len(records),
            "captions": sum(len(record.captions) for record in records),
            "boxes": sum(len(annotation.boxes) for annotation in annotations),
            "path": str(args.out),
        }
        write_json(result, part / MARKER)
    report(result, args.out / MARKER)


if __name__ == "__main__":
    main()
