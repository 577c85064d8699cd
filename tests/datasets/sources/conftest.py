import pytest
from scene_files import write5, write73


@pytest.fixture(params=[write5, write73], ids=["version 5", "version 7.3"])
def write(request):
    return request.param


@pytest.fixture
def warnings(monkeypatch):
    """What the sources say beside their results."""
    said = []
    for module in ("scene_source", "scene_captions", "cuhk_sysu_annotation"):
        name = f"plipdet.datasets.sources.{module}.print_log"
        monkeypatch.setattr(name, lambda text, *_: said.append(text))
    return said
