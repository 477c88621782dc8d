"""Where scanners are told to leave something out, in files of a repository. Pure: bytes in, values out.

`comments` knows the comments that scanners obey, `ignore_files` the files that they read, `snyk_policy` the
most talkative of these.
"""
