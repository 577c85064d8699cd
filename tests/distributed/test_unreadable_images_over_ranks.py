from types import SimpleNamespace

import torch

from plipdet.engine.hooks import UnreadableImagesHook
from plipdet.errors import InputError
from plipdet.structures import PersonBatch


class Dataset:
    def image_problem(self, row):
        return f"{row}.jpg", f"image {row}.jpg is gone"


class Hub:
    def __init__(self):
        self.info, self.scalars = {}, {}

    def get_info(self, name, default):
        return self.info.get(name, default)

    def update_info(self, name, value):
        self.info[name] = value

    def update_scalar(self, name, value):
        self.scalars[name] = value


def train(batches, limit, folder):
    runner = SimpleNamespace(
        train_dataloader=SimpleNamespace(dataset=Dataset()),
        message_hub=Hub(),
        logger=SimpleNamespace(warning=lambda text: None),
        work_dir=folder,
    )
    hook = UnreadableImagesHook(limit, interval=2)
    stopped = None
    for runner.iter, rows in enumerate(batches):
        batch = PersonBatch(rows=torch.arange(4), unreadable=torch.tensor(rows).long())
        try:
            hook.after_train_iter(runner, runner.iter, batch)
        except InputError:
            stopped = runner.iter
            break
    else:
        hook.after_train_epoch(runner)
    return stopped, runner.message_hub.info.get("unreadable_images"), runner.message_hub.scalars


def test_ranks_count_together_and_stop_together(ranks, tmp_path):
    batches = [[[3], [], [], [], [9]], [[], [3, 5], [], [7], []]]
    answers = ranks.run(train, [(b, 100, tmp_path) for b in batches])
    assert answers[0] == answers[1]
    stopped, records, scalars = answers[0]
    assert stopped is None and set(records) == {"3.jpg", "5.jpg", "7.jpg", "9.jpg"}
    assert scalars == {"train/unreadable_images": 4}
    assert len((tmp_path / "unreadable_images.txt").read_text().splitlines()) == 4

    stops = ranks.run(train, [(b, 2, tmp_path) for b in batches])
    assert [stopped for stopped, *_ in stops] == [3, 3]
