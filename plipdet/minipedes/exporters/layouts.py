"""The layouts that a set of crops can be written in, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from plipdet.errors import InputError, near
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.cuhk03 import export_cuhk03
from plipdet.minipedes.exporters.cuhk_pedes import export_cuhk_pedes
from plipdet.minipedes.exporters.duke_mtmc_reid import export_duke_mtmc_reid, export_occluded_duke
from plipdet.minipedes.exporters.icfg_pedes import export_icfg_pedes
from plipdet.minipedes.exporters.market1501 import export_market1501
from plipdet.minipedes.exporters.market1501_attributes import export_market1501_attributes
from plipdet.minipedes.exporters.msmt17 import (
    export_msmt17_mirror,
    export_msmt17_v1,
    export_msmt17_v2,
)
from plipdet.minipedes.exporters.pa100k import export_pa100k
from plipdet.minipedes.exporters.peta import export_peta
from plipdet.minipedes.exporters.rap import export_rap_v1, export_rap_v2
from plipdet.minipedes.exporters.rstp_reid import export_rstp_reid
from plipdet.minipedes.exporters.synth_pedes import export_synth_pedes
from plipdet.minipedes.exporters.ufine6926 import export_ufine6926

Exporter: TypeAlias = Callable[[Sequence[CropRecord], Path], Path]
LAYOUTS: dict[str, Exporter] = {
    "synth-pedes": export_synth_pedes,
    "cuhk-pedes": export_cuhk_pedes,
    "icfg-pedes": export_icfg_pedes,
    "rstp-reid": export_rstp_reid,
    "ufine6926": export_ufine6926,
    "market-1501": export_market1501,
    "msmt17": export_msmt17_v1,
    "duke-mtmc-reid": export_duke_mtmc_reid,
    "occluded-duke": export_occluded_duke,
    "pa-100k": export_pa100k,
    "peta": export_peta,
    "rap-v1": export_rap_v1,
    "rap-v2": export_rap_v2,
    "market-1501-attributes": export_market1501_attributes,
    "cuhk03": export_cuhk03,
    "msmt17-v2": export_msmt17_v2,
    "msmt17-mirror": export_msmt17_mirror,
}
ALL = "all"
"""Word for every data set once, as far as its pictures are links and take no room."""
_BY_NAME_ONLY = ("cuhk03", "msmt17-v2", "msmt17-mirror")


def chosen_layouts(names: Sequence[str]) -> list[str]:
    """Return the layouts that names ask for, each once, in the order of ``LAYOUTS``.

    Args:
        names: Names of ``LAYOUTS``, or :data:`ALL`.

    Raises:
        InputError: If a name is neither.
    """
    for name in names:
        if name != ALL and name not in LAYOUTS:
            raise InputError(
                f"unknown layout {name!r}{near(name, [ALL, *LAYOUTS])}; {ALL}, or {[*LAYOUTS]}"
            )
    wanted = {*names, *(n for n in LAYOUTS if ALL in names and n not in _BY_NAME_ONLY)}
    return [name for name in LAYOUTS if name in wanted]
