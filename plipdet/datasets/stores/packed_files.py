"""The files that show which packed store a folder holds."""

DATA_FILE = "data.mdb"
"""Of an LMDB environment."""
INDEX_FILE = "index.arrow"
"""Beside tar shards."""
