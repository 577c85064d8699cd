"""Kill a training with SIGKILL again and again, and look whether anything is lost.

A tiny PLIP trains on MiniPedes with a checkpoint after each step, once undisturbed, and once with
its whole process group killed at random moments, about half of them while a file is being
written, and gone on with by --resume. After each kill every checkpoint must be whole, the pointer
must name one, and none that the run had pointed to may be gone; at the end weights, moments,
averages and schedules must equal those of the undisturbed run bit for bit. The exit code is 1 if
anything of that fails, and the work folder is kept then.

Example:
    python tools/benchmark/kill_runs.py --kills 50
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

import torch
from killed_run import TRIES, KilledRun
from tqdm import tqdm

from plipdet.cli import report, tool
from plipdet.engine.checkpoint import read_checkpoint
from plipdet.engine.config import load_config
from plipdet.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
MOST_STEPS = 3  # of a life before its kill is due
OVERSHOOT = TRIES + 1  # steps that may be taken until it comes
COMPARED = ("state_dict", "ema_state_dict", "optimizer", "param_schedulers")
TEXT_MODEL = dict(
    vocab_size=30522,  # the tokenizer's
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=64,
    max_position_embeddings=64,
)
SMALL = {
    "model.image_encoder.backbone.stem_width": 8,
    "model.image_encoder.backbone.stage_blocks": (1, 1, 1, 1),
    "model.image_encoder.embed_dim": 32,
    "model.text_encoder.freeze_layers": 1,
    "model.text_encoder.mask_token_id": 103,  # the tokenizer's
    "model.heads.colorization.channels": 8,
    "model.heads.attributes.num_heads": 2,
    "train_dataloader.batch_size": 8,
    "train_dataloader.num_workers": 1,
    "default_hooks.logger.interval": 10,
}


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--kills", type=int, default=50, help="how often (%(default)s)")
    add("--seed", type=int, default=0, help="of the moments and the training (%(default)s)")
    add("--data-root", default=ROOT / "tests/data/minipedes", help="MiniPedes (%(default)s)")
    add("--work-dir", type=Path, default=Path("work_dirs/kill_runs"), help="a new folder")
    add("--out", type=Path, default=Path("work_dirs/benchmark/kill_runs.json"), help="result")
    return parser.parse_args()


def main() -> None:
    """Kill, compare and report."""
    arguments = parse_arguments()
    if arguments.kills < 1:
        raise InputError(f"--kills is {arguments.kills}; the least is 1")
    folder: Path = arguments.work_dir
    if folder.exists():
        raise InputError(f"--work-dir {folder} exists; remove it, or name a new folder")
    start = time.monotonic()
    steps = arguments.kills * (MOST_STEPS + OVERSHOOT) + 1
    config = write_config(folder, steps, arguments)
    whole, killed = (KilledRun(config, folder / name) for name in ("whole", "killed"))
    finish(whole, steps)
    killed.step_seconds, killed.write_seconds = whole.step_seconds, whole.write_seconds
    result = kill_often(killed, arguments.kills, random.Random(arguments.seed))
    newest = killed.reported
    finish(killed, steps)
    result["resumed"] += killed.resumed_from() >= newest
    result["equal_to_uninterrupted"] = equal(*(run.work_dir for run in (whole, killed)), steps)
    result.update(steps=steps, seconds=round(time.monotonic() - start, 1))
    faults = result["lost"], result["invalid_found"], result["leftovers"]
    good = not any(faults) and result["equal_to_uninterrupted"]
    good = good and result["kills"] == result["resumed"] == arguments.kills
    if good:
        shutil.rmtree(folder)
    report(result, arguments.out)
    raise SystemExit(0 if good else 1)


def write_config(folder: Path, steps: int, arguments: argparse.Namespace) -> Path:
    """Write the config of the tiny training; return its file."""
    cfg = load_config(
        ROOT / "configs/plip/pretrain_mini.py",
        overrides={**SMALL, "randomness.seed": arguments.seed},
        data_root=arguments.data_root,
    )
    cfg.model.text_encoder.model = TEXT_MODEL
    cfg.train_dataloader.persistent_workers = False
    cfg.train_cfg = dict(by_epoch=False, max_iters=steps)
    cfg.default_hooks.checkpoint = dict(
        type="CheckpointHook", by_epoch=False, interval=1, max_keep_ckpts=2
    )
    cfg.custom_hooks = [*cfg.custom_hooks, dict(type="EMAHook", momentum=0.1)]
    cfg.param_scheduler = [
        dict(type="LinearLR", start_factor=0.1, begin=0, end=steps // 4, by_epoch=False),
        dict(type="CosineAnnealingLR", T_max=steps, by_epoch=False),
    ]
    cfg.visualizer.vis_backends = [dict(type="LocalVisBackend")]
    folder.mkdir(parents=True)
    cfg.dump(folder / "tiny.py")
    return folder / "tiny.py"


def kill_often(run: KilledRun, kills: int, moments: random.Random) -> dict[str, Any]:
    """Start and kill a run so often; return counts of what happened."""
    counts = dict(kills=0, resumed=0, lost=0, invalid_found=0, during_write=0, leftovers=0)
    for number in tqdm(range(kills), desc="kills"):
        before = run.reported
        with run.life():
            if not run.watch(before + moments.randint(1, MOST_STEPS)):
                raise InputError(f"the training was through before kill {number + 1}")
            if moments.random() < 0.5:
                run.catch_writing(moments.random())
            else:
                time.sleep(moments.uniform(0, run.step_seconds))
            run.look()
            run.kill()
        newest, faults = run.inspect()
        counts["kills"] += 1
        counts["lost"] += newest < run.reported
        counts["during_write"] += run.is_writing()
        counts["leftovers"] += len(run.parts(of_others=True))
        counts["invalid_found"] += len(faults)
        if number:
            counts["resumed"] += run.resumed_from() >= before
        for fault in faults:
            tqdm.write(fault)
    return counts


def finish(run: KilledRun, steps: int) -> None:
    """Train to the end."""
    with run.life():
        run.watch(steps)
        run.wait_for_end()


def equal(whole: Path, killed: Path, steps: int) -> bool:
    """Return whether two runs ended with the same weights, moments, averages and schedules."""
    ours, theirs = (read_checkpoint(folder / f"iter_{steps}.pth") for folder in (whole, killed))
    return all(same(ours[part], theirs[part]) for part in COMPARED)


def same(ours: Any, theirs: Any) -> bool:
    """Return whether two trees of tensors and plain data are the same, bit for bit."""
    if isinstance(ours, torch.Tensor):
        return torch.equal(ours, theirs)
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, (list, tuple)):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return ours == theirs


if __name__ == "__main__":
    tool(main)()
