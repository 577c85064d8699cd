"""Write both encoders of a model as ONNX, preprocessing inside, and compare them with PyTorch.

python tools/export_onnx.py configs/plip/zero_shot_text_r50.py epoch_70.pth --out plip_onnx
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # configs may import projects.*

from plipdet.cli import report, tool
from plipdet.errors import InputError

LEAST_COSINE = 0.9999


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("config", help="config file, or a name of tools/list.py --kind MODEL_NAMES")
    parser.add_argument("checkpoint", nargs="?", help="file of weights, .pth or .safetensors")
    parser.add_argument("--untrained", action="store_true", help="export weights as initialised")
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")
    parser.add_argument(
        "--opset", type=int, default=18, help="18 to 23; from 21 on with onnxscript"
    )
    parser.add_argument("--half", action="store_true", help="float16, for GPUs; with onnxscript")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="change settings of the config by dotted path",
    )
    parser.add_argument(
        "--verify",
        default="32",
        metavar="FOLDER|N",
        help="pictures to compare on: those of a folder, or N made up, and as many sentences",
    )
    arguments = parser.parse_args()
    if arguments.untrained == (arguments.checkpoint is not None):
        raise InputError("give one of CHECKPOINT and --untrained")
    if arguments.verify.isdigit() and int(arguments.verify) < 1:
        raise InputError(f"--verify {arguments.verify}: name a folder, or a number from 1 on")
    return arguments


def main() -> None:
    """Export, compare and report; the exit code is 1 where the two sides differ."""
    from plipdet.apis.onnx_export import FACTS, check_packages

    arguments = parse_arguments()
    check_packages(arguments.opset, half=arguments.half)
    from plipdet.apis import load_model
    from plipdet.apis.model_names import config_path
    from plipdet.apis.onnx_export import export_onnx
    from plipdet.apis.picture_files import picture_files
    from plipdet.engine.config import load_config, parse_overrides
    from plipdet.new_folder import new_folder
    from plipdet.weight_files import file_hash

    if not arguments.verify.isdigit():
        picture_files(arguments.verify)
    overrides = parse_overrides(arguments.cfg_options)
    cfg = load_config(config_path(arguments.config), overrides=overrides)
    with new_folder(arguments.out, overwrite=arguments.overwrite, marker=FACTS) as folder:
        model = load_model(cfg, arguments.checkpoint, device="cpu")
        facts = export_onnx(model, folder, opset=arguments.opset, half=arguments.half)
    if arguments.checkpoint is not None:
        facts["checkpoint_sha256"] = file_hash(arguments.checkpoint)
    facts["verified"] = verified(model, arguments)
    report({**facts, "folder": str(arguments.out)}, arguments.out / FACTS)
    if not facts["verified"]["passed"]:
        raise SystemExit(1)


def verified(model: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    """Compare with PyTorch and say in words what differs."""
    from plipdet.apis.onnx_check import check_export

    chosen = arguments.verify
    count = int(chosen) if chosen.isdigit() else 200
    pictures = count if chosen.isdigit() else Path(chosen)
    found = check_export(model, arguments.out, pictures=pictures, texts=count)
    beyond = [
        f"{side} {what} = {result[what]:.6f}"
        for side, result in found.items()
        for what in ("cosine_min", "batch_cosine_min")
        if not result[what] >= LEAST_COSINE
    ]
    if beyond:
        print(f"differs from PyTorch: {', '.join(beyond)}; expected {LEAST_COSINE} or more")
    return {**found, "least_cosine": LEAST_COSINE, "passed": not beyond}


if __name__ == "__main__":
    tool(main)()
