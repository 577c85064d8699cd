"""Heads of person search: who the people in scenes are."""

from .box_text_contrast_head import BoxTextContrastHead
from .oim_head import OIMHead
from .search_head import FoundPeople, SearchHead

__all__ = ["BoxTextContrastHead", "FoundPeople", "OIMHead", "SearchHead"]
