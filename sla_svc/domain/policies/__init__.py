"""Policies: which rule applies to which metric of which ticket, read from documents that centres write.

| module | what |
|---|---|
| `rules` | what one row says about one metric: `Rule` |
| `table` | the decision table: `Policy.match` and `Policy.explain` |
| `refusing` | how a document is refused: each mistake at its place |
| `durations` | `2h`, `90m`, `PT48H` |
| `thresholds` | warnings: `50%` of the target, `15m` before the deadline |
| `vocabulary` | the words that a policy may use |
| `overlaps` | which rows may match the same tickets |
| `shadows` | rows that can never match |
| `document` | a policy as it is written and published: `PolicyDocument` |
| `compilation` | from the document to the table: `policy_of` |
"""
