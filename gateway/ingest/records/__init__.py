"""Whose record: what messages say, in; each in the record of the patient that it is of, out."""
