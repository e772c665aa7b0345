"""Where to stand: candidates, demand, the best plan with a proven bound, and how sure that is."""
