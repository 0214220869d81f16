# SPDX-License-Identifier: MIT
"""Faults that a file names and describes as patches do. Blocks, with an empty line between them: a name, a file, then
lines that begin with "-", "+" or a blank. The old lines have to be in the file, once; indentation does not matter."""

import os
import re


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def rules(path):
    """(name, file, old lines, new lines) of each block; ValueError where it is none."""
    text = re.sub(r"^#.*\n", "", read(path), flags=re.M)
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        name, file, *lines = block.splitlines()
        if any(line[:1] not in (" ", "-", "+") for line in lines) or not any(line[:1] in "-+" for line in lines):
            raise ValueError(f"{path}: not a name, a file and lines that begin with a blank, - or +:\n{block}")
        yield name, file.strip(), [x[1:] for x in lines if x[0] in " -"], [x[1:] for x in lines if x[0] in " +"]


def applied(name, file, old, new):
    """The file's text with the fault in it; ValueError where the old lines are not there once."""
    if not os.path.exists(file):
        raise ValueError(f"{name}: there is no {file}")
    lines = read(file).splitlines()
    bare, wanted = [x.strip() for x in lines], [x.strip() for x in old]
    at = [i for i in range(len(bare) - len(wanted) + 1) if bare[i:i + len(wanted)] == wanted]
    if len(at) != 1:
        raise ValueError("\n".join([f"{name}: {file} has this {len(at)} times:", *old]))
    lines[at[0]:at[0] + len(old)] = new
    return "\n".join(lines) + "\n"
