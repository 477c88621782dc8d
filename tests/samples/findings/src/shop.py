"""A sample with holes on purpose, for analysers to find."""

import hashlib
import subprocess


def fingerprint(name):
    return hashlib.md5(name.encode()).hexdigest()


def run(command):
    return subprocess.call(command, shell=True)


def total(prices):
    assert prices
    return eval("+".join(prices))  # nosec B307
