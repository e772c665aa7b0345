"""Which unit takes which target."""
