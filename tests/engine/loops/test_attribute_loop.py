import numpy as np
import pytest
import torch
from tiny_attribute_data import NAMES, Brightness, attribute_table, bare_runner, loader

from plipdet.engine.loops import AttributeLoop
from plipdet.engine.shared_people import people_elsewhere
from plipdet.errors import InputError
from plipdet.evaluation import AttributeMetric


class Recorder(AttributeMetric):
    """A metric that keeps what it was given."""

    def evaluate(self, probabilities, labels, *, names):
        self.given = probabilities, labels, names
        return {"mA": 50.0, "attributes": []}

    def text(self, result):
        return "the table"


def run(table, model=None, metric=None, **sides):
    told = []
    runner = bare_runner(model or Brightness(), told)
    loaders = {"labelled": loader(table, "test"), **sides}
    loop = AttributeLoop(runner, loaders, metric or Recorder())
    return loop, loop.run(), told


def test_scores_stand_beside_the_labels_of_the_same_pictures(tmp_path):
    table = attribute_table(tmp_path)
    loop, metrics, told = run(table)
    scores, labels, names = loop.evaluator.given
    assert metrics == {"mA": 50.0, "attributes": []} and names == NAMES
    bright = 7 * np.arange(22, 33) / 255
    np.testing.assert_allclose(scores, np.stack([bright, bright**2], axis=1), rtol=1e-5)
    expected = [row.attribute_labels for row in table.where_split("test")]
    np.testing.assert_array_equal(labels, expected)
    assert loop.runner.logs == ["\nthe table"]
    assert [data for name, data in told if name == "after_test_epoch"] == [
        {"metrics": {"mA": 50.0}}
    ]
    assert sum(name == "after_test_iter" for name, _ in told) == 3


def test_columns_are_found_by_their_names(tmp_path):
    loop, _, _ = run(attribute_table(tmp_path), Brightness(("hat", "dark", "red")))
    scores, _, _ = loop.evaluator.given
    bright = 7 * np.arange(22, 33) / 255
    np.testing.assert_allclose(scores, np.stack([bright**3, bright**2], axis=1), rtol=1e-5)
    told = []
    runner = bare_runner(Brightness(("rod", "dark")), told)
    loop = AttributeLoop(runner, loader(attribute_table(tmp_path), "test"), Recorder())
    with pytest.raises(InputError, match="scores 1 not, such as 'red'; did you mean 'rod'"):
        loop.run()
    assert not any("iter" in name for name, _ in told), "nothing is embedded beforehand"


def test_attributes_that_model_and_data_share_can_be_measured_alone(tmp_path):
    recorder = Recorder()
    recorder.attributes = ("dark",)
    run(attribute_table(tmp_path), Brightness(("hat", "dark")), recorder)
    scores, labels, names = recorder.given
    assert names == ("dark",) and scores.shape == labels.shape == (11, 1)
    expected = [row.attribute_labels for row in attribute_table(tmp_path).where_split("test")]
    np.testing.assert_array_equal(labels[:, 0], np.array(expected)[:, NAMES.index("dark")])
    recorder.attributes = ("drak",)
    with pytest.raises(InputError, match="'drak', which the data do not have; did you mean 'dark'"):
        run(attribute_table(tmp_path), None, recorder)


def test_a_head_without_training_sees_the_reference_and_is_asked_for_the_names(tmp_path):
    table = attribute_table(tmp_path)
    model = Brightness(names=())
    loop, _, _ = run(table, model, reference=loader(table, "train"))
    assert model.attribute_names == NAMES
    expected = torch.arange(11.0)[:, None] * 7 / 255
    torch.testing.assert_close(model.referred, expected)
    assert loop.protocol()["reference"]["splits"] == ["train"]
    assert "reference" not in run(table)[0].protocol()


def test_validation_logs_no_table(tmp_path):
    runner = bare_runner(Brightness())
    loop = AttributeLoop(runner, loader(attribute_table(tmp_path), "val"), Recorder())
    runner._val_loop = loop
    loop.run()
    assert runner.logs == []


def test_the_result_says_which_people_are_elsewhere(tmp_path):
    table = attribute_table(tmp_path)
    people = {s: {r.person_id for r in table.where_split(s)} for s in ("train", "val", "test")}
    shared = people["train"] & people["test"]
    pictures = sum(row.person_id in shared for row in table.where_split("test"))
    found = run(table)[0].protocol()["shared_people"]
    assert found["train"] == {"identities": len(shared), "pictures": pictures}
    assert 0 < len(shared) < len(people["test"]) and set(found) == {"train", "val"}
    alone = run(attribute_table(tmp_path, people=False))[0]
    assert "not known" in alone.protocol()["shared_people"]
    assert people_elsewhere(table) == {}, "all splits are here"


def test_wrong_data_and_tasks_are_named(tmp_path):
    table = attribute_table(tmp_path)
    with pytest.raises(InputError, match=r"dict\(labelled=..., reference=...\) of two, not"):
        AttributeLoop(bare_runner(Brightness()), {"query": loader(table, "test")}, Recorder())
    with pytest.raises(InputError, match="which a Linear does not"):
        run(table, torch.nn.Linear(1, 1))
    with pytest.raises(InputError, match="no attribute labels"):
        run(attribute_table(tmp_path, names=()))

    class Mute(Brightness):
        def val_step(self, batch):
            return {"image": super().val_step(batch)["image"]}

    with pytest.raises(InputError, match=r"gives \['image'\] and no 'attributes'"):
        run(table, Mute())
