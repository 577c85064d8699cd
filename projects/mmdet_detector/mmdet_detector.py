"""MMDetDetector: a model of MMDetection that finds people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from plipdet.errors import InputError, near
from plipdet.models import Detector
from plipdet.models.backbones.mmpretrain_backbone import import_mmpretrain_models
from plipdet.registry import MODELS
from plipdet.structures import Detections

_SCOPE = "mmdet"
_INSTALL = (
    "MMDetDetector needs MMDetection and MMCV with its compiled operators; see "
    "projects/mmdet_detector/README.md"
)


@MODELS.register_module()
class MMDetDetector(Detector):
    """A detector of MMDetection 3, of whose classes one counts.

    Its registries and its default scope stay its own: nothing of the run around it changes.

    ::

        MMDetDetector("rtmdet/rtmdet_m_8xb32-300e_coco.py", "rtmdet_m.pth")

    Args:
        config: Of MMDetection: a path, or a name in the ``configs`` that are installed with it.
        weights: File of the model's weights; read without executing anything. ``None`` leaves them
            as they were drawn, for tests.
        score: Least score of a person, 0..1.
        person: Name of the class that counts.
        classes: Names of the model's classes; ``None`` for those of the file, else of COCO.

    Raises:
        InputError: If MMDetection is not installed, there is no such config or file, the weights
            are another model's, or no class has the name.
    """

    def __init__(
        self,
        config: str | Path,
        weights: str | Path | None,
        *,
        score: float = 0.3,
        person: str = "person",
        classes: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        if not 0 <= score <= 1:
            raise InputError(f"score = {score} of MMDetDetector; expected 0 to 1")
        mmdet = _mmdet()
        cfg = _read_config(config, mmdet)
        with DefaultScope.overwrite_default_scope(_SCOPE):
            self.network: nn.Module = mmdet.registry.MODELS.build(cfg.model).eval()
            self._pipeline = _pipeline(cfg, mmdet)
        content: Any = {} if weights is None else self.read_weights(weights)
        if weights is not None:
            self._load(content.get("state_dict", content), weights, cfg.filename)
        found = (content.get("meta") or {}).get("dataset_meta") or {}
        names = [*(classes or found.get("classes") or mmdet.evaluation.get_classes("coco"))]
        if person not in names:
            raise InputError(
                f"MMDetDetector knows no class {person!r}{near(person, names)}; it has {names}"
            )
        self.score, self.person, self.config = score, names.index(person), cfg

    def _load(self, weights: Any, path: str | Path, config: str) -> None:
        own = self.network.state_dict()
        wrong = [k for k in own if k not in weights or weights[k].shape != own[k].shape]
        if wrong:
            raise InputError(
                f"{path} holds no weights of {config}: {len(wrong)} of {len(own)} tensors are "
                f"missing or of another shape, such as {wrong[0]}; take the file that MMDetection "
                "lists for this config"
            )
        self.network.load_state_dict({k: weights[k] for k in own})

    @torch.no_grad()
    def detect(self, pictures: Sequence[Tensor]) -> list[Detections]:
        """Return the people of each picture, best first."""
        with DefaultScope.overwrite_default_scope(_SCOPE):
            return [self._people(picture) for picture in pictures]

    def _people(self, picture: Tensor) -> Detections:
        bgr = np.ascontiguousarray(picture.cpu().permute(1, 2, 0).numpy()[..., ::-1])
        sample = self._pipeline({"img": bgr, "img_id": 0})
        batch = {"inputs": [sample["inputs"]], "data_samples": [sample["data_samples"]]}
        network: Any = self.network
        found = network.test_step(batch)[0].pred_instances
        mine = (found.labels == self.person) & (found.scores >= self.score)
        scores, order = found.scores[mine].sort(descending=True, stable=True)
        return Detections(found.bboxes[mine][order].float(), scores.float()).cpu()


def _mmdet() -> Any:
    """Return MMDetection, with all of its modules registered."""
    import_mmpretrain_models()  # first: MMDetection would fail to import it
    try:
        import mmdet
        import mmdet.evaluation
        import mmdet.registry
        import mmdet.utils
    # Its package asserts MMCV's version, and an old imgaug fails at what NumPy 2 has no more.
    except (ImportError, AssertionError, AttributeError) as error:
        raise InputError(f"{_INSTALL} ({type(error).__name__}: {error})") from error
    mmdet.utils.register_all_modules(init_default_scope=False)
    return mmdet


def _read_config(config: str | Path, mmdet: Any) -> Config:
    installed = Path(mmdet.__file__).parent / ".mim" / "configs"
    path = next((p for p in (Path(config), installed / config) if p.is_file()), None)
    if path is None:
        names = [str(p.relative_to(installed)) for p in installed.rglob("*.py")]
        raise InputError(
            f"there is no config {config}, neither here nor in {installed}"
            f"{near(str(config), names)}"
        )
    cfg = Config.fromfile(path)
    missing = [key for key in ("model", "test_dataloader") if key not in cfg]
    if missing:
        raise InputError(f"{path} has no {' and no '.join(missing)}; it is no detector's config")
    for part in (cfg.model, cfg.model.get("backbone", {})):
        part.pop("pretrained", None)  # else it would be downloaded
        part.pop("init_cfg", None)
    return cfg


def _pipeline(cfg: Config, mmdet: Any) -> Any:
    """Return what the config does to a picture in a test, the reading left out."""
    from mmcv.transforms import Compose

    steps = [dict(step) for step in mmdet.utils.get_test_pipeline_cfg(cfg.copy())]
    kept = [step for step in steps if "Annotations" not in str(step["type"])]
    kept[0] = {"type": "mmdet.LoadImageFromNDArray"}
    return Compose(kept)
