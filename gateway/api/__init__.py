"""HTTP: requests in, ready bytes out; everything that matters happens behind it."""
