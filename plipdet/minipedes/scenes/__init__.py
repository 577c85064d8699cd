"""Whole scenes: several people before a fixed camera, for person search."""
