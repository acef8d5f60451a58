"""Site profiles at the desk: begun from a feed, checked, compared. Nothing here needs a store."""
