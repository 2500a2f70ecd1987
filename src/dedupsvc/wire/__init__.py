"""What travels over HTTP: pydantic bodies and answers."""
