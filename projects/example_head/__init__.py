"""A custom pretext head, trained without touching the package."""
