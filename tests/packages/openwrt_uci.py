# SPDX-License-Identifier: MIT
"""UCI's configuration files, which Debian has no program for: read, and printed as `uci -n export` prints them.

The grammar is that of libuci's parser. A line is `package NAME`, `config TYPE [NAME]`, `option NAME VALUE` or
`list NAME VALUE` (or the command's first letter); `;` ends a command, `#` begins a comment. A word may have parts in
'...', in which nothing is special, and in "...", in which a backslash takes the next character as it is; outside
of quotes it does so too. Quoted parts go over lines. A backslash at the end of a line joins it with the next.
"""

import re

COMMANDS = {"package": 1, "config": 2, "option": 2, "list": 2}


class Error(ValueError):
    """What is wrong, and in which line."""


def words(text):
    """Yield (line number, [word...]) for each command."""
    found, word, line, begun, at = [], None, 1, 1, 0
    while at <= len(text):
        c = text[at] if at < len(text) else "\n"
        if c == "\\" and at + 1 < len(text):
            at += 1
            if text[at] != "\n":
                word = (word or "") + text[at]
            line += text[at] == "\n"
        elif c in "'\"":
            part, at, begins = "", at + 1, line
            while at < len(text) and text[at] != c:
                if c == '"' and text[at] == "\\" and at + 1 < len(text):
                    at += 1
                    part += "" if text[at] == "\n" else text[at]
                else:
                    part += text[at]
                line += text[at] == "\n"
                at += 1
            if at >= len(text):
                raise Error(f"line {begins}: no end of {c}")
            word = (word or "") + part
        elif c in " \t\r\n;#":
            if word is not None:
                found.append(word)
                word = None
            if c == "#":
                while at + 1 < len(text) and text[at + 1] != "\n":
                    at += 1
            if c in "\n;":
                if found:
                    yield begun, found
                line += c == "\n"
                found, begun = [], line
        else:
            word = (word or "") + c
        at += 1


def parse(text):
    """{section: (type, {option: value, or [value...] of a list})}; a section without a name gets one."""
    sections, current = {}, None
    for line, (command, *rest) in words(text):
        name = next((c for c in COMMANDS if command in (c, c[0])), None)
        if name is None or not 1 <= len(rest) <= COMMANDS[name]:
            raise Error(f"line {line}: {command}")
        if name == "config":
            section = rest[1] if len(rest) > 1 else f"cfg{len(sections) + 1:02x}"
            if not re.fullmatch(r"\w+", section, re.ASCII):
                raise Error(f"line {line}: {section} is no name")
            current = sections.setdefault(section, (rest[0], {}))[1]
        elif name in ("option", "list"):
            key, value = rest[0], rest[1] if len(rest) > 1 else ""
            if current is None or not re.fullmatch(r"\w+", key, re.ASCII):
                raise Error(f"line {line}: {command} {key}")
            if name == "list":
                before = current.get(key, [])
                current[key] = (before if isinstance(before, list) else [before]) + [value]
            elif value:
                current[key] = value
            else:
                current.pop(key, None)  # an empty option is none
    return sections


def export(name, sections):
    """As `uci -n export NAME`: all values in single quotes."""
    def quoted(value):
        return "'" + value.replace("'", "'\\''") + "'"
    lines = [f"package {name}"]
    for section, (kind, options) in sections.items():
        lines += ["", f"config {kind} {quoted(section)}"]
        for key, value in options.items():
            for one in value if isinstance(value, list) else [value]:
                lines.append(f"\t{'list' if isinstance(value, list) else 'option'} {key} {quoted(one)}")
    return "\n".join(lines) + "\n\n"
