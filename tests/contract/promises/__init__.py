"""What each port promises, as tests that take a bench or a way; who has one imports them."""
