"""The map: a server on this machine and the application that it shows in a browser."""
