"""A message's segments in; resources begun, brought together, and finished, out."""
