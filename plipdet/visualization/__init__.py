"""Pictures of data and results: ranked lists, colours, guessed words, contact sheets, a report."""

from .attribute_cards import AttributeCard, AttributeCards, HiddenPiece
from .colorization_grid import ColorizationExample, ColorizationGrid, ColorVariant
from .contact_sheet import ContactSheet, SheetItem
from .drawing import open_picture, save_png
from .rank_list_page import RankedPicture, RankList, RankListPage
from .report import find_pictures, find_scalars, write_report

__all__ = [
    "AttributeCard",
    "AttributeCards",
    "ColorVariant",
    "ColorizationExample",
    "ColorizationGrid",
    "ContactSheet",
    "HiddenPiece",
    "RankList",
    "RankListPage",
    "RankedPicture",
    "SheetItem",
    "find_pictures",
    "find_scalars",
    "open_picture",
    "save_png",
    "write_report",
]
