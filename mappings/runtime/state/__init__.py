"""What one translation has made and said so far, and what all of a source share."""
