"""Tables and a translation in, a proof out: every row shown to do what it says, by a message.

For each row a small message is made up that values the row's field with the row's condition true,
and the message is translated. What must then stand where is told by a plain reading of the row,
not by the compiler. The same message without the field, and with the condition false, must not
have it there. See docs/explanation/proof.md.

::

    chains      how a row is reached: segment row → data type row → … → the row
    drafts      a chain read plainly: what it reads, what must hold, where it ends
    readings    what may stand in the field, and what FHIR must hold then (samples, moments)
    solver      values that make a condition true, or false (shapes)
    scenes      a message structure in which the segment makes the resource
    cells       the values of a message, and its text
    trial       all of these: the witness of a row, and whether a translation shows it (look)
    controls    the messages that must not show it
    rows, codes, names, messages    the verdicts
    callers     tables that call what nothing calls
    proof       everything; report counts it
"""
