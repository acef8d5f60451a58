"""What comes of a thing: as it is known and as a message has it, in; its next version, out."""
