"""A detector of MMDetection's as the detector of a search in two stages."""
