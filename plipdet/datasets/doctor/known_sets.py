"""The facts of the data sets that have a reader, by the reader's short name."""

from __future__ import annotations

import re

from plipdet.datasets.sources import duke_mtmc_reid, market1501
from plipdet.datasets.sources.market_folders import PARTS

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
    # Ding et al., arXiv 2107.12666, table 1.
    "icfg_pedes": SetFacts(
        totals=Totals(images=(54_522,), identities=(4_102,), captions=(54_522,)),
        split_totals={
            "train": Totals(images=(34_674,), identities=(3_102,)),
            "test": Totals(images=(19_848,), identities=(1_000,)),
        },
        other_names=("icfgpedes.json", "ICFG-PEDES-all.json"),
        image_folder="imgs",
        splits=("train", "test"),
        first_id=0,
        captions_per_image=(1, 1),
        minipedes_splits=("train", "test"),
    ),
    # Zhu et al., ACM MM 2021, section 4.
    "rstp_reid": SetFacts(
        totals=Totals(images=(20_505,), identities=(4_101,), captions=(41_010,)),
        split_totals={
            "train": Totals(images=(18_505,), identities=(3_701,)),
            "val": Totals(images=(1_000,), identities=(200,)),
            "test": Totals(images=(1_000,), identities=(200,)),
        },
        other_names=("data_caption.json", "RSTPReid.json"),
        keys={
            "id": ("id",),
            "image": ("img_path", "file_path"),
            "captions": ("captions",),
            "split": ("split",),
        },
        image_folder="imgs",
        splits=("train", "val", "test"),
        first_id=0,
        captions_per_image=(2, 2),
        minipedes_splits=("train", "val", "test"),
    ),
    # Zuo et al., arXiv 2312.03441, section 3.
    "ufine6926": SetFacts(
        totals=Totals(images=(26_206,), identities=(6_926,), captions=(52_412,)),
        splits=("train", "test"),
        captions_per_image=(2, 2),
        minipedes_splits=("train", "test"),
    ),
    # Zheng et al., ICCV 2015; the gallery's folder also holds junk.
    "market1501": SetFacts(
        totals=Totals(identities=(1_501,)),
        split_totals={
            "train": Totals(images=(12_936,), identities=(751,)),
            "query": Totals(images=(3_368,), identities=(750,)),
            "gallery": Totals(images=(19_732,), identities=(750,)),
        },
        parts=PARTS,
        name_pattern=market1501.NAME,
        cameras=(1, 6),
        junk_id=-1,
        distractor_id=0,
    ),
    # Wei et al., CVPR 2018; mirrors laid out like Market-1501 have val in train.
    "msmt17": SetFacts(
        totals=Totals(images=(126_441,), identities=(4_101,)),
        split_totals={
            "train": Totals(images=(30_248, 32_621), identities=(1_041,)),
            "val": Totals(images=(2_373, 0)),
            "query": Totals(images=(11_659,), identities=(3_060,)),
            "gallery": Totals(images=(82_161,), identities=(3_060,)),
        },
        keys={},
        cameras=(1, 15),
        val_shows_train=True,
    ),
    # Zhong et al., CVPR 2017, table 1; detected boxes and those drawn by hand differ a little.
    "cuhk03": SetFacts(
        totals=Totals(images=(14_097, 14_096), identities=(1_467,)),
        split_totals={
            "train": Totals(images=(7_365, 7_368), identities=(767,)),
            "query": Totals(images=(1_400,), identities=(700,)),
            "gallery": Totals(images=(5_332, 5_328), identities=(700,)),
        },
        keys={},
        cameras=(1, 2),
    ),
    # Zheng et al., ICCV 2017; the gallery has 408 people more than the queries.
    "duke_mtmc_reid": SetFacts(
        totals=Totals(images=(36_411,), identities=(1_812,)),
        split_totals={
            "train": Totals(images=(16_522,), identities=(702,)),
            "query": Totals(images=(2_228,), identities=(702,)),
            "gallery": Totals(images=(17_661,), identities=(1_110,)),
        },
        parts=PARTS,
        name_pattern=duke_mtmc_reid.NAME,
        cameras=(1, 8),
        junk_id=-1,
    ),
    # Miao et al., ICCV 2019, table 1.
    "occluded_duke": SetFacts(
        totals=Totals(images=(35_489,)),
        split_totals={
            "train": Totals(images=(15_618,), identities=(702,)),
            "query": Totals(images=(2_210,), identities=(519,)),
            "gallery": Totals(images=(17_661,), identities=(1_110,)),
        },
        parts=PARTS,
        name_pattern=duke_mtmc_reid.NAME,
        cameras=(1, 8),
        junk_id=-1,
    ),
    # Liu et al., ICCV 2017.
    "pa100k": SetFacts(
        totals=Totals(images=(100_000,)),
        split_totals={
            "train": Totals(images=(80_000,)),
            "val": Totals(images=(10_000,)),
            "test": Totals(images=(10_000,)),
        },
        keys={},
        splits=("train", "val", "test"),
    ),
    # Deng et al., ACM MM 2014; the partitions are those of Li et al., ACPR 2015.
    "peta": SetFacts(
        totals=Totals(images=(19_000,)),
        split_totals={
            "train": Totals(images=(9_500,)),
            "val": Totals(images=(1_900,)),
            "test": Totals(images=(7_600,)),
        },
        keys={},
        splits=("train", "val", "test"),
        shares_people=True,
    ),
    # Li et al., arXiv 1603.07054.
    "rap_v1": SetFacts(
        totals=Totals(images=(41_585,)),
        split_totals={
            "train": Totals(images=(33_268,)),
            "test": Totals(images=(8_317,)),
        },
        keys={},
        splits=("train", "test"),
        shares_people=True,
    ),
    # Li et al., IEEE TIP 2019.
    "rap_v2": SetFacts(
        totals=Totals(images=(84_928,)),
        split_totals={
            "train": Totals(images=(50_957,)),
            "val": Totals(images=(16_986,)),
            "test": Totals(images=(16_985,)),
        },
        keys={},
        splits=("train", "val", "test"),
        shares_people=True,
    ),
    # Lin et al., Pattern Recognition 2019; nobody has labels of junk and distractors.
    "market1501_attributes": SetFacts(
        totals=Totals(identities=(1_501,)),
        split_totals={
            "train": Totals(images=(12_936,), identities=(751,)),
            "test": Totals(images=(16_483,), identities=(750,)),
        },
        keys={},
        splits=("train", "test"),
        cameras=(1, 6),
        uses_all=False,
    ),
    # Xiao et al., CVPR 2017, section 3.
    "cuhk_sysu": SetFacts(
        totals=Totals(images=(18_184,), identities=(8_432,)),
        split_totals={
            "train": Totals(images=(11_206,), identities=(5_532,)),
            "test": Totals(images=(6_978,), identities=(2_900,)),
        },
        keys={},
        splits=("train", "test"),
    ),
    # Zheng et al., Person Re-identification in the Wild, CVPR 2017; frames as its lists have them.
    "prw": SetFacts(
        totals=Totals(images=(11_816,), identities=(932,)),
        split_totals={
            "train": Totals(images=(5_704,), identities=(482,)),
            "test": Totals(images=(6_112,), identities=(450,)),
        },
        keys={},
        splits=("train", "test"),
        cameras=(1, 6),
    ),
    "coco_person_search": SetFacts(keys={}),
}
