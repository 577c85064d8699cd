from pathlib import Path

import pytest

from plipdet.apis.transfer import TASKS, absent_data, columns_of, find_data, read_recipes
from plipdet.errors import InputError

MINIPEDES = Path(__file__).parents[2] / "data" / "minipedes"


def test_all_layouts_are_found(minipedes_layouts):
    found = find_data(minipedes_layouts, list(TASKS))
    assert {task: list(sets) for task, sets in found.items()} == {
        name: [data.name for data in task.data] for name, task in TASKS.items()
    }
    assert absent_data(found, list(TASKS)) == []


def test_what_is_not_there_is_told():
    found = find_data(MINIPEDES, list(TASKS))
    assert {task: list(sets) for task, sets in found.items()} == {
        "text": ["CUHK-PEDES"],
        "image": ["Market-1501"],
        "unsupervised": ["Market-1501"],  # and no attributes: the file of labels is not there
    }
    assert "Market-1501 attributes" in absent_data(found, list(TASKS))


def test_only_the_named_sets_are_looked_for(minipedes_layouts):
    found = find_data(minipedes_layouts, ["text", "attributes"], sets=["PETA", "Market-1501"])
    assert {task: list(sets) for task, sets in found.items()} == {"attributes": ["PETA"]}
    assert absent_data(found, ["attributes"], sets=["PETA", "PA-100K"]) == ["PA-100K"]
    with pytest.raises(InputError, match="is of the tasks text"):
        find_data(minipedes_layouts, ["text"], sets=["PETA"])


def test_the_order_of_columns_is_that_of_the_tasks():
    found = find_data(MINIPEDES, ["image", "text"])
    names = [column.name for column in columns_of(found, budget="mini")]
    assert names == [
        "text/CUHK-PEDES/zero-shot",
        "text/CUHK-PEDES/probe",
        "text/CUHK-PEDES/fine-tune",
        "image/Market-1501/zero-shot",
        "image/Market-1501/fine-tune",
    ]
    with pytest.raises(InputError, match="--protocols probe"):
        columns_of({"image": found["image"]}, budget="mini", protocols=["probe"])


def test_a_folder_without_data_is_one_message(tmp_path):
    with pytest.raises(InputError, match=r"none of the data sets.*PA-100K \(PA100k/\)"):
        find_data(tmp_path, ["attributes"])
    with pytest.raises(InputError, match="does not exist"):
        find_data(tmp_path / "nowhere", ["text"])
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        find_data(tmp_path / "file", ["text"])


def test_every_recipe_is_there():
    recipes = [
        r for task in TASKS.values() for kinds in task.recipes.values() for r in kinds.values()
    ]
    assert all(recipe.path.is_file() for recipe in recipes)


def test_another_recipe_takes_the_place():
    config = "configs/image_reid/bot_lite0.py"
    path = Path(__file__).parents[3] / config
    found = read_recipes([f"image/fine-tune={path}"])
    columns = columns_of(find_data(MINIPEDES, ["image"]), budget="mini", recipes=found)
    assert [column.recipe.path.name for column in columns] == [
        "zero_shot_image_mini.py",
        "bot_lite0.py",
    ]
    with pytest.raises(InputError, match="did you mean 'image/fine-tune'"):
        read_recipes(["image/finetune=x.py"])
    with pytest.raises(InputError, match="there is no config"):
        read_recipes(["image/fine-tune=nowhere.py"])
