"""The nouns: frozen, slotted values that import nothing of ours but each other.

| module | holds |
|---|---|
| `place` | where something stands: a file, a line, a column |
| `source` | a report that was given: its digest, its format, why it does not count |
| `build` | what is judged |
| `policy` | policies, rules, scopes, what may be overridden |
| `override` | an approved, expiring exception |
| `decision` | findings, outcomes, the verdict |
| `coverage` `tests` `scan` `vulnerabilities` `quality_gate` `approvals` `commits` `facts` | typed evidence |
"""
