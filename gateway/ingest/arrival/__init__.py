"""Octets in; on the spool and acknowledged, out."""
