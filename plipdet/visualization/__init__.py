"""Pictures of data and results: ranked lists, colours, guessed words, contact sheets, a report."""

from .attribute_cards import AttributeCard, AttributeCards, HiddenPiece
from .colorization_grid import ColorizationExample, ColorizationGrid, ColorVariant
from .contact_sheet import ContactSheet, SheetItem
from .drawing import open_picture, save_png
from .embedding_map import EmbeddingMap, MapPoint
from .embedding_map_html import embedding_map_html
from .failure_page import Failure, failures_html
from .html_page import html_page, save_html
from .matching_plot import MatchingCurve, MatchingPlot
from .rank_list_html import rank_lists_html
from .rank_list_page import RankedPicture, RankList, RankListPage
from .recognition_cards import AttributeGuess, RecognisedPerson, RecognitionCards
from .recognition_html import recognition_html
from .report import find_pictures, find_scalars, write_report
from .saliency_grid import SaliencyExample, SaliencyGrid, WordHeat
from .search_page import SearchItem, SearchPage
from .transfer_page import transfer_html

__all__ = [
    "AttributeCard",
    "AttributeCards",
    "AttributeGuess",
    "ColorVariant",
    "ColorizationExample",
    "ColorizationGrid",
    "ContactSheet",
    "EmbeddingMap",
    "Failure",
    "HiddenPiece",
    "MapPoint",
    "MatchingCurve",
    "MatchingPlot",
    "RankList",
    "RankListPage",
    "RankedPicture",
    "RecognisedPerson",
    "RecognitionCards",
    "SaliencyExample",
    "SaliencyGrid",
    "SearchItem",
    "SearchPage",
    "SheetItem",
    "WordHeat",
    "embedding_map_html",
    "failures_html",
    "find_pictures",
    "find_scalars",
    "html_page",
    "open_picture",
    "rank_lists_html",
    "recognition_html",
    "save_html",
    "save_png",
    "transfer_html",
    "write_report",
]
