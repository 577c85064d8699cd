"""Test a checkpoint and write the result with its protocol.

python tools/test.py configs/plip/zero_shot_text_r50.py work_dirs/pretrain_r50/epoch_70.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # configs may import projects.*

from plipdet.cli import report, tool
from plipdet.errors import InputError


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    from plipdet.engine.launch import add_run_options

    parser = argparse.ArgumentParser(description=__doc__)
    add_run_options(parser)
    parser.add_argument("checkpoint", nargs="?", help="file of weights, .pth or .safetensors")
    parser.add_argument(
        "--untrained", action="store_true", help="test the model as initialised: the chance level"
    )
    arguments = parser.parse_args()
    if arguments.untrained == (arguments.checkpoint is not None):
        raise InputError("give one of CHECKPOINT and --untrained")
    return arguments


def test() -> None:
    """Test what the config describes."""
    from plipdet.engine.launch import one_message

    arguments = parse_arguments()
    one_message(lambda: _run(arguments))()


def _run(arguments: argparse.Namespace) -> None:
    from plipdet.distributed import is_main
    from plipdet.distributed.process_group import end_process_group
    from plipdet.engine import PLIPRunner
    from plipdet.engine.config import for_testing
    from plipdet.engine.launch import read_run_options
    from plipdet.engine.protocol import protocol

    cfg = read_run_options(arguments)
    if not cfg.get("test_cfg"):
        raise InputError(f"{arguments.config} tests nothing: it has no test_cfg")
    cfg["load_from"], cfg["resume"] = arguments.checkpoint, False
    runner = PLIPRunner.from_cfg(for_testing(cfg))
    metrics = runner.test()
    if is_main():
        circumstances = protocol(runner, cfg, checkpoint=arguments.checkpoint)
        for doubt in circumstances["warnings"]:
            runner.logger.warning(doubt)
        path = Path(runner.work_dir) / f"result_{runner.timestamp}.json"
        report({**metrics, "protocol": circumstances, "written_to": str(path)}, path)
    end_process_group()


if __name__ == "__main__":
    tool(test)()
