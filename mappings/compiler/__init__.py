"""Tables in, one Python module of straight-line functions out, every row checked against FHIR.

`build` goes the whole way: `expand` resolves what tables say by name, `generate` writes a function
for each map, `linker` makes plans of message structures, `bind` puts functions in the place of
their names. What rows read and may lose is looked up in the `ledger`; whether a place exists, and
what fits there, in `types`.

Who writes a line has to know what stands before it: so one object writes all of a function. Its
parts stand on each other, a module each: `function` (what is known while a map is written),
`watching` (what may be lost), `explaining`, `numbering` (items of lists), `placing`, `constants`,
`converting`, `blocks` (nested rows), `rows`, `remembering` (what messages share), `generate`.
"""
