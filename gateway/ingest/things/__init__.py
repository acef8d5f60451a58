"""Which thing: what messages say, in; each thing under the one id it is known by, out."""
