"""Results as files that other tools open."""
