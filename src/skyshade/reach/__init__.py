"""What fire units reach: engageable airspace, inbound reach, places, crossing targets, gaps."""

__all__: list[str] = []
