"""The way out: one door from the store to any response, consent before content."""
