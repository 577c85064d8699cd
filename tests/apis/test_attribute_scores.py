import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))

from tiny_attributes import NAMES, tiny_attribute_task

from plipdet.apis import ModelInputs, embed_images, embed_texts, score_attributes
from plipdet.apis.recognition import recognise_people
from plipdet.datasets.transforms import ResizePerson
from plipdet.errors import InputError
from plipdet.models import PromptAttributeHead
from plipdet.structures import PersonTable
from plipdet.visualization import open_picture

TOOL = Path(__file__).parents[2] / "tools" / "analysis" / "recognition_cards.py"
PHRASES = ["a man in a red shirt", "someone in blue jeans"]
SIZED = ModelInputs(ResizePerson((64, 32)), None)


def pictures(count=5):
    return np.random.default_rng(0).integers(0, 256, (count, 64, 32, 3)).astype(np.uint8)


def test_a_trained_head_answers_with_its_own_names():
    task = tiny_attribute_task().eval()
    found = score_attributes(task, pictures(), inputs=SIZED, batch_size=2)
    assert found.names == NAMES and found.probabilities.shape == (5, 3)
    embedded = embed_images(task, pictures(), inputs=SIZED, normalise=False)
    with torch.no_grad():
        expected = task.heads["recognition"].classifier(embedded).sigmoid()
    torch.testing.assert_close(found.probabilities, expected)
    best = found.of(2)
    assert set(best) == set(NAMES) and list(best.values()) == sorted(best.values(), reverse=True)
    assert best["hat"] == pytest.approx(float(expected[2, 0]))


def test_any_phrase_is_held_against_a_person_or_against_other_pictures(task, inputs):
    images = pictures()
    found = score_attributes(task, images, PHRASES, inputs=inputs)
    assert found.names == tuple(PHRASES) and "'a person'" in found.rule
    embedded = embed_images(task, images, inputs=inputs)
    texts = embed_texts(task, [*PHRASES, "a person"], inputs=inputs)
    cosines = embedded @ texts.T
    expected = (20 * (cosines[:, :2] - cosines[:, 2:])).sigmoid()
    torch.testing.assert_close(found.probabilities, expected, atol=1e-4, rtol=1e-4)
    again = score_attributes(task, images, PHRASES, reference=images, inputs=inputs)
    z = (cosines - cosines.mean(dim=0)) / cosines.std(dim=0, correction=0)
    torch.testing.assert_close(again.probabilities, z[:, :2].sigmoid(), atol=1e-2, rtol=1e-2)
    assert F.l1_loss(again.probabilities, found.probabilities) > 1e-3
    one = score_attributes(task, images[0], "a child", inputs=inputs)
    assert one.names == ("a child",) and one.probabilities.shape == (1, 1)


def test_a_model_of_prompts_takes_its_own_tokenizer(inputs):
    head = {"type": PromptAttributeHead, "tokenizer": inputs.need_tokenizer()}
    bert = {"vocab_size": 30522, "hidden_size": 16, "num_hidden_layers": 1}
    bert |= {"num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 64}
    task = tiny_attribute_task(head, facts=None)
    task = type(task)(
        task.image_encoder,
        {"type": "BertTextEncoder", "model": bert, "freeze_layers": 0},
        heads={"prompts": head},
    ).eval()
    found = score_attributes(task, pictures(2), "a person in red", inputs=SIZED)
    assert found.probabilities.shape == (2, 1)
    with pytest.raises(InputError, match="was not trained to recognise attributes; give phrases"):
        score_attributes(task, pictures(2), inputs=SIZED)


def test_what_cannot_be_answered_is_refused(task, inputs):
    with pytest.raises(InputError, match="PretrainingTask was not trained to recognise"):
        score_attributes(task, pictures(), inputs=inputs)
    with pytest.raises(InputError, match="no phrases"):
        score_attributes(task, pictures(), [], inputs=inputs)
    with pytest.raises(InputError, match="must be a string, not int: 3"):
        score_attributes(task, pictures(), ["a", 3], inputs=inputs)
    deaf = tiny_attribute_task(texts=False).eval()
    with pytest.raises(InputError, match="reads no texts"):
        score_attributes(deaf, pictures(), "a child", inputs=SIZED)


def test_labels_of_the_data_stand_beside_answers_of_the_same_name(data_root, task, inputs):
    folder = data_root / "CUHK-PEDES" / "imgs"
    images = sorted(p.relative_to(folder) for p in folder.rglob("*.jpg"))
    rows = [{"image": str(p), "attribute_labels": [n % 2, -1]} for n, p in enumerate(images)]
    table = PersonTable.from_rows(rows, folder, attribute_names=("a child", "bag"))
    phrases = ["a man in red", "a child", "bag"]
    people = recognise_people(task, table, phrases=phrases, count=4, inputs=inputs)
    labels = {Path(row["image"]).name: row["attribute_labels"][0] for row in rows}
    assert len(people) == 4
    for person in people:
        assert [g.label for g in person.guesses] == [-1, labels[person.name], -1]
        assert person.tally() in ("0 of 1 right", "1 of 1 right")


def test_the_tool_draws_cards(text_config, checkpoint, tmp_path, monkeypatch, capsys):
    def run(out, *more):
        arguments = [text_config, checkpoint, "--workers", 0, "--count", 3, "--out", out, *more]
        monkeypatch.setattr(sys, "argv", [str(TOOL), *map(str, arguments)])
        try:
            runpy.run_path(str(TOOL), run_name="__main__")
        except SystemExit as error:
            return error.code, capsys.readouterr().err
        return 0, json.loads(capsys.readouterr().out.splitlines()[-1])

    out = tmp_path / "cards.png"
    code, result = run(out, "--phrases", *PHRASES)
    assert (code, result["people"], result["labels"]) == (0, 3, 0)
    assert open_picture(out).width > 600
    page = tmp_path / "cards.html"
    assert run(page, "--phrases", "a <b>", "x")[0] == 0
    assert page.read_text("utf-8").count("<section") == 3
    code, said = run(out)
    assert code == 2 and "was not trained to recognise attributes" in said
