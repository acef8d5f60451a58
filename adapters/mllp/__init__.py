"""MLLP, the minimal lower layer protocol: framed octets in, framed octets out.

``framing`` is the protocol without any input or output, ``listener`` answers peers,
``client`` is a peer.
"""
