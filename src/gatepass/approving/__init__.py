"""Who approved an override, and how that is known. Pure: bytes, keys and answers in, approvals out.

`sshsig` and `dsse` verify signatures that stand beside a file, `signatures` finds out whose they are by what
a policy trusts, `commits` does so for the commit that brought a file, `change_request` for reviews.
`counting` tells which approvals count for an allowance, `breaking_glass` whether what was let through at once
was confirmed.
"""
