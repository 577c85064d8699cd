"""OnnxEmbedder: pictures and sentences to vectors, without PyTorch.

``tools/export_onnx.py`` copies this file beside the models it writes, so that their folder needs
nothing of plipdet: pip install onnxruntime numpy pillow tokenizers
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image, ImageOps
from tokenizers import Tokenizer

_FACTS = "model.json"
_FORMAT = 1
_CHUNK = 8  # batches whose pictures are in memory at once


class OnnxEmbedder:
    """The two encoders of a folder that ``tools/export_onnx.py`` wrote.

    ::

        embedder = OnnxEmbedder("plip_onnx")
        images = embedder.embed_images(["a.jpg", "b.jpg"])
        texts = embedder.embed_texts(["a man in a red coat"])
        print(texts @ images.T)

    Args:
        folder: With ``model.json`` and what it names.
        threads: Of the CPU; 0 lets ONNX Runtime choose.
        providers: What of ONNX Runtime computes; ``None`` takes all there is, GPUs first.

    Raises:
        ValueError: If the folder is no such export, or a file of it is missing.
    """

    def __init__(
        self, folder: str | Path, *, threads: int = 0, providers: Sequence[str] | None = None
    ) -> None:
        self.folder = Path(folder)
        self.facts = self._read_facts()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        chosen = list(providers or onnxruntime.get_available_providers())
        self._image = self._session(self.facts["image"], options, chosen)
        self._text = self._tokenizer = None
        if self.facts["text"] is not None:
            self._text = self._session(self.facts["text"], options, chosen)
            self._tokenizer = self._read_tokenizer(self.facts["text"])

    @property
    def dim(self) -> int:
        """Width D of the vectors."""
        return self.facts["embed_dim"]

    def embed_images(self, pictures: Iterable[Any], *, batch_size: int = 16) -> np.ndarray:
        """Return the unit vector of each picture, in order, float32, shape (N, D).

        Args:
            pictures: Crops of persons: files, encoded bytes, PIL images, or arrays, RGB uint8 of
                shape (H, W, 3). Those of one size are computed together.
            batch_size: Pictures at once.

        Raises:
            ValueError: If one cannot be read, or is no such array.
        """
        pictures = list(pictures)
        vectors = np.empty((len(pictures), self.dim), np.float32)
        for start in range(0, len(pictures), _CHUNK * batch_size):
            chunk = pictures[start : start + _CHUNK * batch_size]
            by_size: dict[Any, list[tuple[int, np.ndarray]]] = {}
            for index, picture in enumerate(chunk, start=start):
                pixels = _pixels(picture, index)
                by_size.setdefault(pixels.shape, []).append((index, pixels))
            for same in by_size.values():
                for at in range(0, len(same), batch_size):
                    indices, stack = zip(*same[at : at + batch_size], strict=True)
                    (found,) = self._image.run(None, {"images": np.stack(stack)})
                    vectors[list(indices)] = found
        return vectors

    def embed_texts(self, texts: Sequence[str], *, batch_size: int = 64) -> np.ndarray:
        """Return the unit vector of each sentence, in order, float32, shape (N, D).

        Raises:
            ValueError: If the model reads no texts, or one is not a string.
        """
        if self._text is None or self._tokenizer is None:
            raise ValueError(f"the model in {self.folder} reads no texts")
        for text in texts:
            if isinstance(texts, str) or not isinstance(text, str):
                raise ValueError(f"expected a list of strings, not {texts!r:.80}")
        vectors = np.empty((len(texts), self.dim), np.float32)
        for at in range(0, len(texts), batch_size):
            encoded = self._tokenizer.encode_batch(list(texts[at : at + batch_size]))
            feed = {
                "token_ids": np.array([e.ids for e in encoded], np.int64),
                "token_mask": np.array([e.attention_mask for e in encoded], np.int64),
            }
            (vectors[at : at + batch_size],) = self._text.run(None, feed)
        return vectors

    def _read_facts(self) -> dict[str, Any]:
        try:
            facts = json.loads((self.folder / _FACTS).read_text(encoding="utf-8"))
            found = facts["format"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{self.folder} has no {_FACTS} of tools/export_onnx.py ({error})"
            ) from error
        if found != _FORMAT:
            raise ValueError(
                f"{self.folder} has format {found}, this file reads {_FORMAT}; use the "
                "onnx_embedder.py that lies beside the models"
            )
        return facts

    def _session(self, facts: Any, options: Any, providers: list[str]) -> Any:
        path = self.folder / facts["file"]
        try:
            return onnxruntime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:  # each fault of a file has a class of its own
            raise ValueError(f"{path} cannot be used: {error}") from error

    def _read_tokenizer(self, facts: dict[str, Any]) -> Any:
        path = self.folder / facts["tokenizer"]
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # a plain Exception is what tokenizers raises
            raise ValueError(f"{path} cannot be used: {error}") from error
        tokenizer.enable_truncation(facts["max_length"])
        tokenizer.enable_padding(pad_id=facts["pad_id"], pad_token=facts["pad_token"])
        return tokenizer


def _pixels(picture: Any, index: int) -> np.ndarray:
    if isinstance(picture, np.ndarray):
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise ValueError(
                f"picture {index} is {picture.dtype} of shape {picture.shape}; expected RGB "
                "uint8, shape (H, W, 3)"
            )
        return picture
    try:
        if isinstance(picture, Image.Image):
            return _upright(picture)
        with Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture) as opened:
            return _upright(opened)
    except (OSError, SyntaxError, ValueError, AttributeError) as error:
        name = "" if isinstance(picture, bytes) else f" ({picture})"
        raise ValueError(f"picture {index}{name} cannot be read: {error}") from error


def _upright(image: Image.Image) -> np.ndarray:
    return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
