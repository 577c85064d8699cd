"""The facts of the data sets that have a reader, by the reader's short name."""

from __future__ import annotations

import re

from plipdet.datasets.sources import market1501

from .set_facts import SetFacts, Totals

KNOWN_SETS: dict[str, SetFacts] = {
    # Zuo et al., PLIP, arXiv 2305.08386, section 3.
    "synth_pedes": SetFacts(
        totals=Totals(images=(4_791_711,), identities=(312_321,), captions=(12_138_157,)),
        other_names=("synthpedes.json", "synth_pedes_dataset.json", "SYNTH-PEDES.json"),
        keys={
            "id": ("id",),
            "image": ("file_path",),
            "captions": ("captions",),
            "prompt_captions": ("prompt_caption", "prompt_captions"),
            "attributes": ("attributes",),
        },
        optional=("prompt_captions", "attributes"),
        id_in_path=re.compile(r"^Part\d+/(\d+)/"),
        captions_per_image=(1, 3),
        minipedes_splits=("train",),
    ),
    # Li et al., CVPR 2017 (80,412 captions); its released file has 80,440.
    "cuhk_pedes": SetFacts(
        totals=Totals(images=(40_206,), identities=(13_003,), captions=(80_412, 80_440)),
        split_totals={
            "train": Totals(images=(34_054,), identities=(11_003,)),
            "val": Totals(images=(3_078,), identities=(1_000,)),
            "test": Totals(images=(3_074,), identities=(1_000,)),
        },
        other_names=("CUHK-PEDES.json", "cuhk_pedes.json", "caption_all_new.json"),
        image_folder="imgs",
        splits=("train", "val", "test"),
        first_id=1,
        contiguous_ids=True,
        captions_per_image=(2, 4),
        minipedes_splits=("train", "val", "test"),
    ),
    # Zheng et al., ICCV 2015; the gallery's folder also holds junk.
    "market1501": SetFacts(
        totals=Totals(identities=(1_501,)),
        split_totals={
            "train": Totals(images=(12_936,), identities=(751,)),
            "query": Totals(images=(3_368,), identities=(750,)),
            "gallery": Totals(images=(19_732,), identities=(750,)),
        },
        parts={"bounding_box_train": "train", "query": "query", "bounding_box_test": "gallery"},
        name_pattern=market1501.NAME,
        cameras=(1, 6),
        junk_id=-1,
        distractor_id=0,
    ),
}
