"""Pictures of one colour with attribute labels, and a loop over them without a runner's rest."""

from types import SimpleNamespace

import numpy as np
import torch

from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.engine import PLIPRunner
from plipdet.structures import PersonTable

NAMES = ("red", "dark")


def attribute_table(root, count=11, *, names=NAMES, people=True):
    """Return train, val and test rows; every fourth person is in train and test."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(3 * count):
        split = ("train", "val", "test")[number // count]
        labels = rng.integers(-1, 2, len(names)).tolist()
        person = (number % count if number % 4 == 0 else number) if people else None
        row = {"image": f"{number}.png", "person_id": person, "split": split}
        rows.append({**row, "attribute_labels": labels})
    return PersonTable.from_rows(rows, root, attribute_names=names)


class Paint:
    """A transform that needs no file."""

    def __call__(self, results):
        number = int(results["row"].image.partition(".")[0])
        results["img"] = np.full((4, 2, 3), 7 * number, np.uint8)
        return results


def loader(table, split, **options):
    return {
        "batch_size": 4,
        "dataset": PersonDataset(table, [Paint()], split=split),
        "sampler": {"type": PersonSampler, "shuffle": False},
        "collate_fn": {"type": collate},
        **options,
    }


class Brightness(torch.nn.Module):
    """A task without weights: it sees how bright a picture is, and nothing else."""

    def __init__(self, names=NAMES):
        super().__init__()
        self.known = names
        self.attribute_names = ()
        self.referred = None

    def ask(self, names):
        self.attribute_names = self.known or tuple(names)

    def refer(self, image):
        self.referred = image

    def protocol(self):
        return {"task": "Brightness"}

    def val_step(self, batch):
        bright = batch.images.float().mean(dim=(1, 2, 3)) / 255
        steps = torch.arange(1, len(self.attribute_names) + 1)
        return {"image": bright[:, None], "attributes": bright[:, None] ** steps}


def bare_runner(model, told=None):
    """Return as much of a runner as the loop asks for."""
    hooks = [] if told is None else told
    logs = []
    return SimpleNamespace(
        build_dataloader=PLIPRunner.build_dataloader,
        _randomness_cfg={},
        seed=0,
        model=model,
        call_hook=lambda name, **data: hooks.append((name, data)),
        logger=SimpleNamespace(info=logs.append),
        logs=logs,
        _val_loop=None,
    )
