"""What registers a function that damages a rendered set in one way, by the code to be found."""

from __future__ import annotations

import json

from plipdet.datasets.sources import CuhkPedes, Market1501, SynthPedes

SYNTH, CUHK, MARKET = "SYNTH-PEDES", "CUHK-PEDES", "Market-1501-v15.09.15"
SOURCES = {SYNTH: SynthPedes, CUHK: CuhkPedes, MARKET: Market1501}
ANNOTATIONS = {SYNTH: "synthpedes_dataset.json", CUHK: "reid_raw.json"}
PLANTED = []


def fault(code, layout):
    """Register a function that plants a fault; it gets the layout's folder."""

    def add(plant):
        PLANTED.append((code, layout, plant))
        return plant

    return add


def record_fault(code, layout):
    """Register a function that changes the list of records in place."""

    def add(change):
        def plant(folder):
            path = folder / ANNOTATIONS[layout]
            records = json.loads(path.read_text())
            change(records)
            path.write_text(json.dumps(records))

        plant.__name__ = change.__name__
        PLANTED.append((code, layout, plant))
        return change

    return add


def pictures(folder):
    return sorted(folder.rglob("*.jpg"))
