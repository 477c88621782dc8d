"""What runs first in the single file; ``single_file.py`` puts it there as ``__main__``.

Python imports straight from the file. Only compiled modules, which no system loads from inside of a zip, are written
out: each into a folder that this process makes, that nobody else may enter, and that is gone once it is loaded.
Nothing is kept for the next run, so nothing that an earlier build left on a runner is ever imported.

Any Python since 2.7 must be able to read this module, as it is what tells that another one is needed.
"""

import sys

import _single_file as made


def main():
    """Run the command, or say which Python this file needs and exit with 2: no decision was made."""
    _refuse_another_python()
    import importlib.machinery
    import os
    import tempfile

    # what is in the file is what runs: nothing that happens to be installed beside this Python
    sys.path[:] = [each for each in sys.path if not each.endswith(("site-packages", "dist-packages"))]

    class Compiled(importlib.machinery.ExtensionFileLoader):
        """A compiled module, written out for as long as it takes to load it."""

        def create_module(self, spec):
            data = __loader__.get_data(self.path)
            try:
                with tempfile.TemporaryDirectory(prefix="gatepass-") as folder:
                    spec.origin = os.path.join(folder, os.path.basename(self.path))
                    with open(spec.origin, "xb") as file:
                        file.write(data)
                    return super().create_module(spec)
            except (OSError, ImportError) as error:
                # not an ImportError: libraries take that for leave to do without
                _stop("cannot load %s: %s" % (self.name, error), _NO_PROGRAMS)

    class Finder:
        """Knows which modules of the file are compiled."""

        @staticmethod
        def find_spec(name, path=None, target=None):
            if name not in made.COMPILED:
                return None
            inside = os.path.join(__loader__.archive, made.COMPILED[name])
            return importlib.machinery.ModuleSpec(name, Compiled(name, inside), origin=inside)

    sys.meta_path.insert(0, Finder)

    from gatepass.cli import main as command

    command()


_NO_PROGRAMS = "point TMPDIR to a folder that can be written to and from which programs may run"


def _refuse_another_python():
    version = "%d.%d" % sys.version_info[:2]
    if version != made.PYTHON:
        _stop("this file is for Python %s, not for %s" % (made.PYTHON, version), made.OTHERWISE)
    import importlib.machinery

    # such as .cpython-311-x86_64-linux-gnu.so: kind of Python, machine, system and its C library in one
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    if suffix != made.SUFFIX:
        _stop("this file is for a Python with modules *%s, not *%s" % (made.SUFFIX, suffix), made.OTHERWISE)


def _stop(what, hint):
    sys.stderr.write("gatepass: error: %s\n  %s\n" % (what, hint))
    sys.exit(2)


main()
