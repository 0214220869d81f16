# SPDX-License-Identifier: MIT
"""One-token changes of a C file: where they are possible, what they are called, how they are made.

A change is known by its file, the function it is in, the text of its line and what it does, so that it is found again
when lines have moved.
"""
import re
from typing import NamedTuple

TOKEN = re.compile(r"""
    (?P<skip>\s+|/\*.*?\*/|//[^\n]*|^\#(?:\\\n|[^\n])*)
  | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<number>\d[\w.]*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<mark><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\w\s])
""", re.X | re.S | re.M)

SWAPS = {
    "&&": ["||"], "||": ["&&"], "==": ["!="], "!=": ["=="],
    "<": ["<=", ">"], "<=": ["<", ">="], ">": [">=", "<"], ">=": [">", "<="],
    "+=": ["-="], "-=": ["+="], "++": ["--"], "--": ["++"], "<<": [">>"], ">>": ["<<"],
    "true": ["false"], "false": ["true"], "break": ["continue"], "continue": ["break"],
    "0": ["1"], "1": ["0"], "0u": ["1u"], "1u": ["0u"],
}
BINARY = {"+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"], "&": ["|"], "|": ["&"]}
NO_OPERAND = {"return", "case", "sizeof", "else", "do"}
NO_STATEMENT = {"return", "if", "for", "while", "do", "switch", "case", "default", "goto", "else", "enum", "struct",
                "const", "static", "extern", "static_assert", "union", "typedef", "unsigned", "void"}


class Token(NamedTuple):
    kind: str
    text: str
    at: int

    @property
    def end(self):
        return self.at + len(self.text)


class Change(NamedTuple):
    file: str
    function: str
    line: int
    source: str   # the line's text
    what: str
    at: int
    end: int
    new: str

    @property
    def key(self):
        return (self.file, self.function, self.source, self.what)

    def apply(self, text):
        # Lines keep their numbers.
        return text[:self.at] + self.new + "\n" * text.count("\n", self.at, self.end) + text[self.end:]


def tokens(text):
    return [Token(m.lastgroup, m[0], m.start()) for m in TOKEN.finditer(text) if m.lastgroup != "skip"]


def matching(t, i):
    """The index of the bracket that closes the one at i."""
    depth = 0
    for k in range(i, len(t)):
        depth += (t[k].text in "([{") - (t[k].text in ")]}")
        if depth == 0:
            return k
    return len(t) - 1


def functions(t):
    """(name, whether it returns an error, first token of the body, last) of each function."""
    i = 0
    while i < len(t):
        if t[i].text == "{":
            close = matching(t, i)
            if t[i - 1].text == ")":
                k, depth = i - 1, 0
                while k > 0:
                    depth += (t[k].text == ")") - (t[k].text == "(")
                    if depth == 0:
                        break
                    k -= 1
                yield t[k - 1].text, [x.text for x in t[k - 3:k - 1]] == ["enum", "fv_err"], i, close
            i = close
        i += 1


def is_binary(t, i):
    before = t[i - 1]
    return before.kind == "number" or before.text in (")",
                                                      "]") or before.kind == "word" and before.text not in NO_OPERAND


def statement_end(t, i):
    """The index of the semicolon that ends the simple statement at i; None: it is none."""
    if t[i - 1].text not in ";{}" or t[i].text in NO_STATEMENT or t[i].text in "{};":
        return None
    if t[i].kind == "word" and (t[i + 1].kind == "word" or t[i + 1].text == "*" and t[i + 2].kind == "word"
                                and t[i + 3].text in "=;,["):
        return None   # a declaration
    depth = 0
    for k in range(i, len(t)):
        depth += (t[k].text in "([{") - (t[k].text in ")]}")
        if depth < 0:
            return None   # the head of a for
        if depth == 0 and t[k].text == ";":
            return k
    return None


def raw(text, file):
    """(function, at, end, new, what) of each possible change."""
    t = tokens(text)
    for name, returns_err, first, last in functions(t):
        depth = 0
        for i in range(first, last):
            token = t[i]
            depth += (token.text == "{") - (token.text == "}")
            for new in SWAPS.get(token.text, []) if token.kind != "text" else []:
                yield name, token.at, token.end, new, f"'{token.text}' -> '{new}'"
            if token.text in BINARY and is_binary(t, i):
                for new in BINARY[token.text]:
                    yield name, token.at, token.end, new, f"'{token.text}' -> '{new}'"
            if token.text == "!":
                yield name, token.at, token.end, "", "'!' dropped"
            if token.text in ("if", "while"):
                close = matching(t, i + 1)
                if text[t[i + 1].end] != "!":
                    condition = text[t[i + 1].at:t[close].end]
                    yield name, t[i + 1].at, t[close].end, f"(!{condition})", f"{token.text} negated"
            if token.text == "return" and t[i + 1].text != ";":
                close = next(k for k in range(i, last) if t[k].text == ";")
                if returns_err and (close != i + 2 or t[i + 1].text != "FV_OK"):
                    yield name, t[i + 1].at, t[close].at, "FV_OK", "FV_OK returned"
            if token.text == "return" and depth > 1:
                close = next(k for k in range(i, last) if t[k].text == ";")
                yield name, token.at, t[close].at, "", "return dropped"
            close = statement_end(t, i)
            if close is not None and close > i:
                called = re.match(r"(?:\(void\))?([\w>.-]+)\(", text[token.at:t[close].at])
                what = f"call of {called[1]} dropped" if called else "statement dropped"
                yield name, token.at, t[close].at, "", what


def changes(text, file):
    """All changes of a file; equal ones of one line are told apart by a number."""
    seen = {}
    for function, at, end, new, what in raw(text, file):
        line = text.count("\n", 0, at)
        source = text.splitlines()[line].strip()
        key = (function, line, what)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            what += f" ({seen[key]})"
        yield Change(file, function, line + 1, source, what, at, end, new)
