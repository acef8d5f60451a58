"""The way in: bytes received → spool → acknowledgement; spool → translated, linked, stored."""
