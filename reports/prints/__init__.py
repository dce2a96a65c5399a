"""Pages as signed PDF: PDF/A-3a and PDF/UA-1 in one file, with the page's figures attached as JSON.

A page hands over a `Document` (headings, facts, tables, all text); `typesetting` makes the bytes of it with Typst,
`signature` signs them with pyHanko. The same document gives the same bytes: nothing here reads a clock.
"""
