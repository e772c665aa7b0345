"""Figures and pages: what results look like to people."""
