# SPDX-License-Identifier: MIT
"""Bar charts as SVG, on a ground of their own that follows the reader's light or dark scheme.

Names and figures are as wide as the widest of the usual fonts (DejaVu Sans) has them, so that none is cut or covered.
"""

from html import escape

WIDTH, MARGIN, GAP = 780, 18, 10
SIZE, TITLE_SIZE, ROW, BAR, HEAD, BELOW = 15, 17, 25, 17, 54, 20
ASCENT, DESCENT = 0.93, 0.24  # of a line, in its font size
STYLE = f"""\
<style>
.page {{ fill: #ffffff; stroke: #d0d7de }}
text {{ font: {SIZE}px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #424a53 }}
.title {{ font-weight: 600; font-size: {TITLE_SIZE}px; fill: #1f2328 }}
rect.own {{ fill: #c2410c }} rect.other {{ fill: #8c959f }} text.own {{ font-weight: 600; fill: #1f2328 }}
@media (prefers-color-scheme: dark) {{
.page {{ fill: #0d1117; stroke: #30363d }}
text {{ fill: #c9d1d9 }} .title, text.own {{ fill: #f0f6fc }} rect.own {{ fill: #ff922b }}
rect.other {{ fill: #6e7681 }}
}}
</style>"""
# Advance widths in units of the font size; a bold line is wider by BOLD.
WIDTHS = {**dict.fromkeys("ijlI|.,:;'", 0.36), **dict.fromkeys(" -()[]ft/!", 0.42),
          **dict.fromkeys("mwMW%@+=<>#&~^", 1.0)}
BOLD = 1.15


def text_width(text, size, bold=False):
    """The width of a line, rounded up."""
    ems = sum(WIDTHS.get(char, 0.79 if char.isupper() else 0.64) for char in text)
    return ems * size * (BOLD if bold else 1)


class Panel:
    """One chart: a title, what the figures are, bars (name, value, figure beside it). Own bars start with `own`."""

    def __init__(self, title, unit, bars, own):
        self.title, self.unit, self.bars, self.own = title, f"{unit}, less is better", bars, own

    height = property(lambda self: HEAD + len(self.bars) * ROW + BELOW)

    def boxes(self, top):
        """All that is drawn, the upper edge being `top`: (class, text or None for a bar, left, top, width, height).
        Of a text, the box that holds its letters."""
        found = []

        def line(kind, text, left, base, size, bold=False):
            found.append((kind, text, left, base - ASCENT * size, text_width(text, size, bold),
                          (ASCENT + DESCENT) * size))
        line("title", self.title, MARGIN, top + 22, TITLE_SIZE, True)
        line("", self.unit, MARGIN, top + 43, SIZE)
        names = max(text_width(name, SIZE, True) for name, _, _ in self.bars)
        figures = max(text_width(text, SIZE, True) for _, _, text in self.bars)
        left = MARGIN + names + GAP
        room = WIDTH - MARGIN - figures - GAP - left
        most = max(value for _, value, _ in self.bars) or 1
        for number, (name, value, text) in enumerate(self.bars):
            y = top + HEAD + number * ROW
            kind = "own" if name.startswith(self.own) else "other"
            width = max(value / most * room, 2)
            line(kind, name, MARGIN, y + BAR - 3, SIZE, True)
            found.append((kind, None, left, y, width, BAR))
            line(kind, text, left + width + GAP, y + BAR - 3, SIZE, True)
        return found

    def draw(self, top):
        """Its SVG elements."""
        lines = []
        for kind, text, left, y, width, height in self.boxes(top):
            if text is None:
                lines.append(f'<rect class="{kind}" x="{left:.1f}" y="{y}" width="{width:.1f}" height="{height}" '
                             f'rx="2"/>')
            else:
                base = y + ASCENT * (TITLE_SIZE if kind == "title" else SIZE)
                lines.append(f'<text class="{kind}" x="{left:.1f}" y="{base:.1f}">{escape(text)}</text>')
        return lines


def draw(panels):
    """An SVG document, the panels one below the other."""
    lines, top = [], MARGIN // 2
    for panel in panels:
        lines += panel.draw(top)
        top += panel.height
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" '
                      f'height="{top}">', STYLE,
                      f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{top - 1}" rx="6"/>', *lines,
                      "</svg>", ""])
