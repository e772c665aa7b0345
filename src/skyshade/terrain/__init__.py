"""Elevation models, the Earth's curvature and refraction, and the line-of-sight sweep."""
