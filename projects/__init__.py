"""Plug-ins: they may import plipdet, never the reverse."""
