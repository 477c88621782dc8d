"""What runs first in the single file; ``single_file.py`` puts it there as ``__main__``.

Python imports straight from the file. Only compiled modules, which no system loads from inside of a zip, are
written out: each into a folder that this process makes, that nobody else may enter, and that goes once it is
loaded. Nothing is kept for the next run: nothing that an earlier build left on a runner is ever imported.

Any Python since 2.7 must be able to read this module, as it is what tells that another one is needed.
"""

import sys

import _single_file as made

_OTHERWISE = "docs/install.md of gatepass tells how it is built for another one"
_NO_PROGRAMS = "point TMPDIR to a folder that can be written to and from which programs may run"


def main():
    """Run the command, or say which Python this file needs and exit with 2: no decision was made."""
    _refuse_another_python()
    # what is in the file is what runs: nothing that happens to be installed beside this Python
    sys.path[:] = [each for each in sys.path if not each.endswith(("site-packages", "dist-packages"))]
    sys.meta_path.insert(0, _compiled())

    from gatepass.cli import main as command

    command()


def _compiled():
    """Who finds the compiled modules of this file."""
    import importlib.machinery
    import tempfile
    from pathlib import Path

    class Unpacking(importlib.machinery.ExtensionFileLoader):
        """A compiled module, written out for as long as it takes to load it."""

        def create_module(self, spec):
            data = __loader__.get_data(self.path)
            try:
                with tempfile.TemporaryDirectory(prefix="gatepass-") as folder:
                    unpacked = Path(folder, Path(self.path).name)
                    unpacked.write_bytes(data)
                    spec.origin = str(unpacked)
                    return super().create_module(spec)
            except (OSError, ImportError) as error:
                # never an ImportError: libraries take that for leave to do without
                _stop("cannot load " + self.name + ": " + str(error), _NO_PROGRAMS)

    class Finder:
        """Answers for the modules that ``_single_file`` names, and for no other."""

        @staticmethod
        def find_spec(name, *_):
            if name not in made.COMPILED:
                return None
            inside = str(Path(__loader__.archive, made.COMPILED[name]))
            return importlib.machinery.ModuleSpec(name, Unpacking(name, inside), origin=inside)

    return Finder


def _refuse_another_python():
    version = ".".join(map(str, sys.version_info[:2]))
    if version != made.PYTHON:
        _stop("this file is for Python " + made.PYTHON + ", not for " + version, _OTHERWISE)

    import importlib.machinery

    # such as .cpython-311-x86_64-linux-gnu.so: kind of Python, machine, system and its C library in one
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    if suffix != made.SUFFIX:
        _stop("this file is for a Python with modules *" + made.SUFFIX + ", not *" + suffix, _OTHERWISE)


def _stop(what, hint):
    sys.stderr.write("error: " + what + "\n  next: " + hint + "\n")
    sys.exit(2)


main()
