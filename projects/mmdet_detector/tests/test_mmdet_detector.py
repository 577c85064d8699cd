import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

from plipdet.engine.config import load_config
from plipdet.errors import InputError
from projects.mmdet_detector.mmdet_detector import MMDetDetector

TINY = "rtmdet/rtmdet_tiny_8xb32-300e_coco.py"
CONFIG = Path(__file__).parents[1] / "configs" / "two_stage_rtmdet_prw.py"
installed = importlib.util.find_spec("mmdet") is not None
needs_mmdet = pytest.mark.skipif(not installed, reason="MMDetection is not installed")


@pytest.fixture(scope="module")
def detector():
    torch.manual_seed(0)
    return MMDetDetector(TINY, None, score=0.0)


@pytest.fixture(scope="module")
def pictures():
    generator = torch.Generator().manual_seed(0)
    sizes = ((180, 320), (200, 90))
    return [torch.randint(0, 255, (3, *s), dtype=torch.uint8, generator=generator) for s in sizes]


def test_the_config_passes_the_check_without_mmdetection():
    assert load_config(CONFIG).model.detector.type is MMDetDetector


@pytest.mark.skipif(installed, reason="MMDetection is installed")
def test_says_what_to_install():
    with pytest.raises(InputError, match="needs MMDetection"):
        MMDetDetector(TINY, None)


@pytest.mark.skipif(installed, reason="MMDetection is installed")
def test_names_what_is_wrong_with_an_installation(tmp_path, monkeypatch):
    package = tmp_path / "mmdet"
    package.mkdir()
    (package / "__init__.py").write_text("assert False, 'MMCV==2.3.6 is used but incompatible'")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"needs MMDetection .*2\.3\.6 is used but incompatible"):
        MMDetDetector(TINY, None)


@needs_mmdet
def test_finds_what_mmdetection_finds(detector, pictures):
    from mmdet.apis import inference_detector

    scope = DefaultScope.get_current_instance()
    detector.network.cfg = detector.config
    with DefaultScope.overwrite_default_scope("mmdet"):
        arrays = [np.ascontiguousarray(p.permute(1, 2, 0).numpy()[..., ::-1]) for p in pictures]
        wanted = [one.pred_instances for one in inference_detector(detector.network, arrays)]
    most = int(wanted[0].labels.bincount().argmax())  # nothing is trained: any class will do
    detector.person = most
    for found, expected in zip(detector.detect(pictures), wanted, strict=True):
        mine = expected.labels == most
        order = expected.scores[mine].argsort(descending=True, stable=True)
        torch.testing.assert_close(found.boxes, expected.bboxes[mine][order])
        torch.testing.assert_close(found.scores, expected.scores[mine][order])
    assert mine.numel() and len(detector.detect(pictures)[0])
    assert DefaultScope.get_current_instance() is scope


@needs_mmdet
def test_weights_bring_their_classes_and_must_fit(detector, tmp_path):
    path = tmp_path / "a.pth"
    content = {"state_dict": detector.network.state_dict()}
    names = [f"thing {i}" for i in range(79)]
    torch.save({**content, "meta": {"dataset_meta": {"classes": [*names, "walker"]}}}, path)
    assert MMDetDetector(TINY, path, person="walker").person == 79
    with pytest.raises(InputError, match=r"no class 'persom'; did you mean 'person'"):
        MMDetDetector(TINY, None, person="persom")
    with pytest.raises(InputError, match="430 of 512 tensors"):
        MMDetDetector("rtmdet/rtmdet_s_8xb32-300e_coco.py", path)
    with pytest.raises(InputError, match="there is no config rtmdet/rtmdet_tini"):
        MMDetDetector("rtmdet/rtmdet_tini.py", None)
    with pytest.raises(InputError, match="no detector's config"):
        MMDetDetector("_base_/default_runtime.py", None)
