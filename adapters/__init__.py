"""Doors: how octets get in and out.

Bytes come in from connections and files and leave as typed values (frames, decoded text,
acknowledgements); nothing here knows what a message means.
"""
