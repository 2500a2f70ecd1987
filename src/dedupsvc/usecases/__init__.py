"""One module per thing a caller asks."""
