"""For assistants: a server that lets them write, check and film scenes, and the guide that they read."""
