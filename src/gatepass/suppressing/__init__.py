"""Where scanners are told to leave something out, in the files of a repository. Pure: bytes in, suppressions out.

`comments` knows the comments that scanners obey, `ignore_files` the files that they read, `snyk_policy` the
most talkative of these.
"""
