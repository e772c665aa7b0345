"""What one fire unit can do against one target: limits, signal, time of flight, intercepts."""
