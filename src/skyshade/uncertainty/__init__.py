"""Figures known only within bounds: how they are drawn, and which of them matters."""
