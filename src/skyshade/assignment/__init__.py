"""Which unit takes which target: the raid's own step, and whole instances with a proven bound."""
