"""Search one's own pictures and videos for people, by a sentence or by a picture.

python tools/search.py index people photos entrance.mp4 --model plip.pth --detector movenet
python tools/search.py query people "a woman in a red coat" --model plip.pth --out found.png
python tools/search.py forget people photos/private.jpg
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # configs may import projects.*

from plipdet.cli import check_output, end_at_signals, report, tool

_GONE = None, (0.0, 0.0, 0.0, 0.0)


def main() -> None:
    """Index, query or forget."""
    arguments = _parser().parse_args()
    end_at_signals()
    arguments.run(arguments)


def _index(arguments: argparse.Namespace) -> None:
    searcher = _searcher(arguments)
    counts = searcher.index(
        arguments.sources,
        stride=arguments.stride,
        camera=arguments.camera,
        commit_every=arguments.commit_every,
        batch_size=arguments.batch_size,
    )
    for path, problem in counts.problems.items():
        print(f"{path}: {problem}", file=sys.stderr)
    if not counts.people and not counts.unchanged:
        print(
            "no people were found; try --least-score 0.1, a larger picture or, as a video's people "
            "are to be seen in two of the frames looked at, a smaller --stride",
            file=sys.stderr,
        )
    if counts.unchanged and (arguments.label or arguments.attributes):
        told = "files were indexed before: their people keep the labels they have; forget them"
        print(f"{counts.unchanged} {told} to label anew", file=sys.stderr)
    result = {"store": str(arguments.store), "people_in_store": len(searcher)}
    report({**result, **dataclasses.asdict(counts)}, arguments.store / "index.json")


def _query(arguments: argparse.Namespace) -> None:
    from plipdet.apis.search import result_scenes
    from plipdet.apis.search.indexer import read_picture
    from plipdet.errors import InputError
    from plipdet.visualization import SearchItem, SearchPage, save_png

    if arguments.box is not None and arguments.image is None:
        raise InputError("--box is a place in --image FILE, and there is none")
    if (arguments.text is None) == (arguments.image is None):
        raise InputError('search for either a sentence, "like this", or --image FILE')
    out = check_output(arguments.out, ".png")
    if arguments.image is not None and out.resolve() == arguments.image.resolve():
        raise InputError(f"--out {out} is the picture that asks; name another file")
    if arguments.store.resolve() in out.resolve().parents:
        raise InputError(f"--out {out} is in the store; name a file outside of it")
    searcher, query, box = _searcher(arguments), None, arguments.box
    if arguments.image is not None:
        query = read_picture(str(arguments.image))
        box = box or searcher.surest_person(query)
    results = searcher.search(
        text=arguments.text,
        image=query,
        box=box,
        where=arguments.where,
        limit=arguments.limit,
        exact=arguments.exact,
    )
    page = SearchPage(columns=arguments.columns)
    scenes = result_scenes(results, largest=max(page.scene))
    items = [
        SearchItem(result.crop(), *(scene or _GONE), *_words(result.as_json()))
        for result, scene in zip(results, scenes, strict=True)
    ]
    asked = arguments.text or str(arguments.image)
    if query is not None and box is not None:
        left, top, right, bottom = (round(v) for v in box)
        query = query[top : max(bottom, top + 1), left : max(right, left + 1)]
    save_png(page.draw(items, title=asked, query=query), out)
    found = [result.as_json() for result in results]
    facts = {"query": asked, "box": box, "where": arguments.where, "store": str(arguments.store)}
    report({**facts, "picture": str(out), "results": found}, out.with_suffix(".json"))


def _forget(arguments: argparse.Namespace) -> None:
    from plipdet.apis.search import PersonStore
    from plipdet.apis.search.search_sources import named_place
    from plipdet.errors import InputError, near

    paths = [os.path.abspath(named_place(path)) for path in arguments.paths]
    with PersonStore(arguments.store) as known:
        files = known.files()
    chosen: set[str] = set()
    for path in paths:
        own = {f for f in files if f == path or f.startswith(path.rstrip(os.sep) + os.sep)}
        if not own:
            hint = near(path, files) or "; nothing was removed"
            raise InputError(f"nothing of {path} is in {arguments.store}{hint}")
        chosen |= own
    with PersonStore(arguments.store, write=True) as store:
        removed = store.forget(sorted(chosen))
    result = {"store": str(arguments.store), "files": len(chosen), "people": removed}
    report(result, arguments.store / "forget.json")


def _text(value: str) -> str:
    """Return a text of the command line that is UTF-8, as the store and JSON need it."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError("it has bytes that are not UTF-8") from error
    return value


def _words(result: dict[str, Any]) -> tuple[str, list[str]]:
    """Return title and lines of a result."""
    lines = [Path(result["path"]).name]
    if result["start"] is not None:
        lines.append(f"{_clock(result['start'])} to {_clock(result['end'])}")
    facts = [result["camera"], *result["labels"]]
    lines += [" · ".join(fact for fact in facts if fact)] if any(facts) else []
    return f"{result['rank']}.  {result['similarity']:.3f}", lines


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes // 60)}:{int(minutes % 60):02d}:{rest:04.1f}"


def _searcher(arguments: argparse.Namespace) -> Any:
    from plipdet.apis import load_model
    from plipdet.apis.search import PersonSearcher

    model = load_model(arguments.config, arguments.model, device=arguments.device)
    attributes: Any = arguments.label
    if arguments.attributes is not None:
        attributes = load_model(checkpoint=arguments.attributes, device=arguments.device)
    return PersonSearcher(
        arguments.store,
        model=model,
        detector=_detector(arguments) if _looks_for_people(arguments, model) else None,
        attributes=attributes,
        size=arguments.size,
        least_score=arguments.least_score,
        least_height=arguments.least_height,
        least_ratio=arguments.least_ratio,
    )


def _looks_for_people(arguments: argparse.Namespace, model: Any) -> bool:
    """Return whether a detector is needed: not by a sentence, nor where a network has its own."""
    from plipdet.tasks.scene_task import SceneTask

    by_sentence = arguments.run is _query and arguments.image is None
    return not isinstance(model, SceneTask) and not by_sentence


def _detector(arguments: argparse.Namespace) -> Any:
    from plipdet.errors import InputError
    from plipdet.models import MoveNetDetector, TorchvisionDetector

    if arguments.detector == "movenet":
        return MoveNetDetector(arguments.detector_weights, score=arguments.least_score)
    if arguments.detector_weights is None:
        raise InputError(
            f"--detector {arguments.detector} needs --detector-weights FILE; 'movenet' finds its "
            "weights in node_modules"
        )
    return TorchvisionDetector(
        arguments.detector, arguments.detector_weights, score=arguments.least_score
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    index = commands.add_parser("index", help="look at pictures and videos, store who is in them")
    index.add_argument("store", type=Path, help="folder of the store; made if there is none")
    index.add_argument("sources", nargs="+", help="pictures, videos, folders")
    index.add_argument("--stride", type=int, default=5, help="every this many frames of a video")
    index.add_argument("--camera", type=_text, help="what to call the camera of all these files")
    index.add_argument("--commit-every", type=float, default=10.0, help="seconds, lost at a crash")
    index.add_argument("--batch-size", type=int, default=1, help="frames at once, for GPUs")
    _add_model_options(index)
    index.add_argument(
        "--label", type=_text, action="append", help="phrase to label people by; repeatable"
    )
    index.add_argument("--attributes", help="checkpoint of an attribute model, to label people")
    index.set_defaults(run=_index)
    query = commands.add_parser("query", help="find people by a sentence or a picture")
    query.add_argument("store", type=Path, help="folder of the store")
    query.add_argument("text", type=_text, nargs="?", help="a sentence")
    query.add_argument("--image", type=Path, help="a picture of the person")
    query.add_argument("--box", type=float, nargs=4, help="where in it: left top right bottom, px")
    query.add_argument(
        "--where", type=_text, help='like "camera = lobby and time >= 60 and label = hat"'
    )
    query.add_argument("--limit", type=int, default=20, help="results")
    query.add_argument("--exact", action="store_true", help="compare with everybody, no index")
    query.add_argument("--out", default="search.png", help="picture of the results")
    query.add_argument("--columns", type=int, default=3, help="results side by side")
    _add_model_options(query)
    query.set_defaults(run=_query, label=None, attributes=None)
    forget = commands.add_parser("forget", help="remove files with all their people")
    forget.add_argument("store", type=Path, help="folder of the store")
    forget.add_argument("paths", nargs="+", help="pictures, videos, folders, as they were indexed")
    forget.set_defaults(run=_forget)
    return parser


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, help="checkpoint of the embedding model")
    parser.add_argument("--config", help="of the model, if its checkpoint carries none")
    parser.add_argument("--device", help="such as cuda or cpu; a GPU if there is one")
    parser.add_argument(
        "--detector",
        default="movenet",
        help="movenet, or one of torchvision's; a person-search network needs none",
    )
    parser.add_argument("--detector-weights", help="file or folder of the detector's weights")
    parser.add_argument("--least-score", type=float, default=0.3, help="of a person, 0..1")
    parser.add_argument("--least-height", type=float, default=32.0, help="of a person, px")
    parser.add_argument(
        "--least-ratio", type=float, default=0.8, help="height over width of a person"
    )
    parser.add_argument(
        "--size",
        type=int,
        nargs=2,
        help="shorter and longer side of pictures for a person-search network, px (its config's)",
    )


if __name__ == "__main__":
    tool(main)()
