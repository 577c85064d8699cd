"""Indexes with a detector that kills the process: CONFIG CHECKPOINT STORE SOURCE DIES_AT."""

import sys
from pathlib import Path

from colour_detector import ColourDetector

from plipdet.apis import load_model
from plipdet.apis.search import PersonSearcher

if __name__ == "__main__":
    config, checkpoint, store, source, dies_at = sys.argv[1:]
    model = load_model(config, checkpoint, device="cpu")
    detector = ColourDetector(dies_at=int(dies_at))
    searcher = PersonSearcher(Path(store), model=model, detector=detector)
    searcher.index(source, stride=1, commit_every=0, progress=False)
