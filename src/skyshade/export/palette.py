"""Colours of the exported layers, red, green, blue (0 to 255), safe for colour-blind readers."""

# Okabe and Ito, Color universal design, 2008
BLUE, ORANGE, GREEN, RED = (0, 114, 178), (230, 159, 0), (0, 158, 115), (213, 94, 0)
GREY, WHITE = (107, 122, 134), (255, 255, 255)
OF_SIDE = {"threat": RED, "decoy": ORANGE, "friendly": GREEN}
