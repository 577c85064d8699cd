import pytest
from mmengine.registry import Registry

from plipdet.errors import InputError
from plipdet.registry import REGISTRIES, build, check_arguments, resolve

THINGS = Registry("thing")


@THINGS.register_module()
class Lamp:
    def __init__(self, height, *, colour="white"):
        self.height, self.colour = height, colour


def test_build_takes_objects_classes_and_names():
    lamp = Lamp(3)
    assert build(lamp, THINGS) is lamp
    assert build(dict(type=Lamp, height=2), THINGS).height == 2
    assert build(dict(type="Lamp", height=2), THINGS, colour="red").colour == "red"
    assert build(None, THINGS) is None


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (dict(type="Lmap", height=1), "no thing is called 'Lmap'; did you mean 'Lamp'"),
        (dict(type="Lamp", heihgt=1), "Lamp has no option 'heihgt'; did you mean 'height'"),
        (dict(type="plipdet.models.Lmap"), "no thing is called 'plipdet.models.Lmap'"),
        (dict(type="Lamp"), "Lamp needs the option 'height'"),
        (dict(height=1), r"config of the thing needs a 'type', .* its keys are \['height'\]"),
        (dict(type="Lamp", height=1, q=2), r"no option 'q'; it knows \['height', 'colour'\]"),
    ],
)
def test_wrong_configs_say_what_and_suggest(config, message):
    with pytest.raises(InputError, match=message):
        build(config, THINGS)


def test_the_place_in_the_config_is_named():
    with pytest.raises(InputError, match=r"\(at model\.heads\.contrast\)"):
        check_arguments(Lamp, dict(height=1, size=2), where="model.heads.contrast")


def test_resolve_finds_mmengine_classes_through_the_parent():
    assert resolve("EpochBasedTrainLoop", REGISTRIES["LOOPS"]).__name__ == "EpochBasedTrainLoop"
