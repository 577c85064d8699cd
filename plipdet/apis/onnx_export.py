"""export_onnx: both encoders of a task as files that need no PyTorch."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor, nn

import plipdet
from plipdet.cli import write_json
from plipdet.errors import InputError
from plipdet.tasks import PersonTask
from plipdet.whole_file import whole_file

from .model_inputs import ModelInputs
from .onnx_graphs import ImageGraph, TextGraph

FACTS = "model.json"
IMAGE_FILE, TEXT_FILE, TOKENIZER_FILE = "image_encoder.onnx", "text_encoder.onnx", "tokenizer.json"
EMBEDDER_FILE = "onnx_embedder.py"
OPSETS = range(18, 24)
_FORMAT = 1
_LAST_TRACED = 20  # where the exporter by tracing ends, which is 20 times faster than the other
_OUTPUT = "unit_vectors"  # a name that no operator of PyTorch has


def check_packages(opset: int = OPSETS[0], *, half: bool = False) -> None:
    """Check that what an export needs is installed, before anything is loaded.

    Args:
        opset: As for :func:`export_onnx`.
        half: As for :func:`export_onnx`.

    Raises:
        InputError: If a package is missing, or ``opset`` is none that can be written.
    """
    if opset not in OPSETS:
        raise InputError(f"opset {opset} is not written; {OPSETS[0]} to {OPSETS[-1]} are")
    needed = ["onnx", "onnxruntime", *([] if _traced(opset, half) else ["onnxscript"])]
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"an export needs {', '.join(missing)}: pip install 'plipdet[onnx]', or "
            f"pip install {' '.join(missing)}"
        )


def export_onnx(
    task: PersonTask,
    folder: str | Path,
    *,
    inputs: ModelInputs | None = None,
    opset: int = OPSETS[0],
    half: bool = False,
) -> dict[str, Any]:
    """Write ``image_encoder.onnx``, ``text_encoder.onnx`` and what goes with them.

    The batch, the size of pictures and the length of texts stay open. Beside the models lie
    ``tokenizer.json``, ``model.json``, which says what goes in and comes out, and
    ``onnx_embedder.py``, which needs neither plipdet nor PyTorch. A task that reads no texts has
    no text encoder.

    Args:
        task: From :func:`plipdet.apis.load_model`.
        folder: Is made when it is not there.
        inputs: In place of those that the task brings.
        opset: Version of the ONNX operators, 18 to 23. Up to 20 PyTorch's exporter by tracing
            writes them, from 21 on the newer one, which needs onnxscript.
        half: Store and compute float16; the newer exporter writes it too.

    Returns:
        The content of ``model.json``.

    Raises:
        InputError: If a package is missing, or part of the model cannot be exported.
    """
    check_packages(opset, half=half)
    inputs = inputs or ModelInputs.of(task)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    dtype = torch.float16 if half else torch.float32
    image = _write_image(task, inputs, folder / IMAGE_FILE, opset, dtype)
    reads_texts = task.text_encoder is not None and inputs.tokenizer is not None
    text = _write_text(task, inputs, folder, opset, dtype) if reads_texts else None
    facts = {
        "format": _FORMAT,
        "embed_dim": image.pop("embed_dim"),
        "precision": "float16" if half else "float32",
        "image": image,
        "text": text,
        "opset": opset,
        "model": task.protocol(),
        "versions": {
            "plipdet": plipdet.__version__,
            "torch": torch.__version__,
            "opencv": cv2.__version__,
        },
    }
    source = Path(plipdet.__file__).with_name(EMBEDDER_FILE).read_bytes()
    with whole_file(folder / EMBEDDER_FILE) as file:
        file.write(source)
    write_json(facts, folder / FACTS)
    return facts


def _write_image(
    task: PersonTask, inputs: ModelInputs, path: Path, opset: int, dtype: torch.dtype
) -> dict[str, Any]:
    graph = ImageGraph(task, inputs.resize, dtype=dtype)
    height, width = inputs.resize.size
    # Neither size nor batch is 1 or the target's, which a tracer could take for fixed.
    example = torch.randint(0, 256, (2, height + 9, width + 5, 3), dtype=torch.uint8)
    axes = {"images": {0: "batch", 1: "height", 2: "width"}}
    dim = write_graph(graph, (example,), path, axes=axes, opset=opset)
    return {
        "file": path.name,
        "inputs": {"images": "uint8 (batch, height, width, 3): RGB, 0..255, any size"},
        "outputs": {_OUTPUT: f"float32 (batch, {dim})"},
        "embed_dim": dim,
        "inside": {
            "size": list(inputs.resize.size),
            "interpolation": inputs.resize.interpolation,
            "mean": graph.preprocessor.mean.flatten().tolist(),
            "std": graph.preprocessor.std.flatten().tolist(),
        },
    }


def _write_text(
    task: PersonTask, inputs: ModelInputs, folder: Path, opset: int, dtype: torch.dtype
) -> dict[str, Any]:
    tokenizer = inputs.need_tokenizer()
    graph = TextGraph(task, dtype=dtype)
    words = ["a man in a red coat", "a woman"]
    ids = [tokenizer(text)[0] for text in words]
    length = max(map(len, ids))
    token_ids = torch.full((2, length), tokenizer.pad_id)
    for line, found in zip(token_ids, ids, strict=True):
        line[: len(found)] = torch.from_numpy(found)
    token_mask = (token_ids != tokenizer.pad_id).long()
    axes = {name: {0: "batch", 1: "length"} for name in ("token_ids", "token_mask")}
    dim = write_graph(graph, (token_ids, token_mask), folder / TEXT_FILE, axes=axes, opset=opset)
    with whole_file(folder / TOKENIZER_FILE) as file:
        file.write(tokenizer.to_json().encode())
    return {
        "file": TEXT_FILE,
        "inputs": {
            "token_ids": "int64 (batch, length): word pieces, padded with pad_id",
            "token_mask": "int64 (batch, length): 1 for a word piece, 0 for padding",
        },
        "outputs": {_OUTPUT: f"float32 (batch, {dim})"},
        "tokenizer": TOKENIZER_FILE,
        "max_length": tokenizer.max_length,
        "pad_id": tokenizer.pad_id,
        "pad_token": tokenizer.pieces(token_ids.new_tensor([tokenizer.pad_id]).numpy())[0],
    }


@torch.no_grad()
def write_graph(
    graph: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    *,
    axes: Mapping[str, Mapping[int, str]],
    opset: int = OPSETS[0],
) -> int:
    """Write a graph, check the file, and return the width D of what comes out.

    Args:
        graph: With one output, and with ``dtype``, what it computes in.
        example: Its inputs.
        path: Of the file.
        axes: Names of the open axes of each input, by its name, in order.
        opset: As for :func:`export_onnx`.

    Raises:
        InputError: If PyTorch cannot export it.
    """
    import onnx  # not installed everywhere

    dim = graph(*example).shape[1]
    part = path.with_name(f".{path.name}.part")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a tracer warns of, the check afterwards finds
            _export(graph, example, part, axes, opset)
        onnx.checker.check_model(str(part))
        part.replace(path)
    except (RuntimeError, TypeError, NotImplementedError, onnx.checker.ValidationError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        other = "; opset 21 takes another exporter" if opset <= _LAST_TRACED else ""
        raise InputError(
            f"PyTorch {torch.__version__} cannot export {path.name} with opset {opset}{other}: "
            f"{reason}"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return dim


def _export(
    graph: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    axes: Mapping[str, Mapping[int, str]],
    opset: int,
) -> None:
    names = list(axes)
    shared: dict[str, Any] = {
        "input_names": names, "output_names": [_OUTPUT], "opset_version": opset,
    }  # fmt: skip
    if not _traced(opset, graph.dtype == torch.float16):
        dynamic = torch.export.Dim.DYNAMIC
        shapes = tuple({axis: dynamic for axis in axes[name]} for name in names)
        torch.onnx.export(
            graph, example, str(path), dynamo=True, dynamic_shapes=shapes, external_data=False,
            verbose=False, **shared,
        )  # fmt: skip
        return
    open_axes = {**axes, _OUTPUT: {0: "batch"}}
    torch.onnx.export(
        graph, example, str(path), dynamo=False, dynamic_axes=open_axes, **shared,
    )  # fmt: skip


def _traced(opset: int, half: bool) -> bool:
    # Tracing writes attention in float32 beside weights in float16, which no runtime takes.
    return opset <= _LAST_TRACED and not half
