"""Pictures of data and results: ranked lists, colours, guessed words, contact sheets, a report."""

from .attribute_cards import AttributeCard, AttributeCards, HiddenPiece
from .colorization_grid import ColorizationExample, ColorizationGrid, ColorVariant
from .contact_sheet import ContactSheet, SheetItem
from .drawing import open_picture, save_png
from .rank_list_page import RankedPicture, RankList, RankListPage

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
    "open_picture",
    "save_png",
]
