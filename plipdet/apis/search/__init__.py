"""Search over one's own pictures and videos: index them once, ask by a sentence or a picture."""

from .found_person import FoundPerson, View, WalkState
from .index_counts import IndexCounts
from .people_finder import PeopleFinder
from .person_searcher import PersonSearcher
from .person_store import Hit, PersonStore
from .result_scenes import ResultScene, result_scenes
from .search_result import SearchResult
from .search_sources import SearchSource, search_sources
from .store_schema import FileRecord
from .video_frames import VideoFrame, VideoFrames
from .walk_tracker import WalkTracker
from .where_clause import where_sql

__all__ = [
    "FileRecord",
    "FoundPerson",
    "Hit",
    "IndexCounts",
    "PeopleFinder",
    "PersonSearcher",
    "PersonStore",
    "ResultScene",
    "SearchResult",
    "SearchSource",
    "VideoFrame",
    "VideoFrames",
    "View",
    "WalkState",
    "WalkTracker",
    "result_scenes",
    "search_sources",
    "where_sql",
]
