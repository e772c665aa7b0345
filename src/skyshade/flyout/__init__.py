"""Interceptor fly-out: time of flight and speed over range and altitude, envelopes, intercepts."""
