"""Bar charts as SVG, readable on light and dark pages."""

from html import escape

WIDTH, LABEL, BAR, GAP, HEAD = 860, 250, 16, 6, 40
STYLE = """\
<style>
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; font-size: 14px; fill: #24292f }
.own { fill: #d9480f } .other { fill: #8c959f } .goal { stroke: #1a7f37; stroke-width: 2; stroke-dasharray: 4 3 }
text.goal { stroke: none; fill: #1a7f37; font-size: 12px }
@media (prefers-color-scheme: dark) {
text { fill: #9da7b3 } .title { fill: #e6edf3 } .own { fill: #ff922b } .other { fill: #6e7681 } .goal { stroke: #3fb950 }
text.goal { fill: #3fb950 }
}
</style>"""


class Panel:
    """One chart: a title, bars (name, value, text beside it), perhaps a goal (value, text). Own bars start with `own`."""

    def __init__(self, title, bars, own, goal=None):
        self.title, self.bars, self.own, self.goal = title, bars, own, goal

    height = property(lambda self: HEAD + len(self.bars) * (BAR + GAP) + (18 if self.goal else 4))

    def draw(self, top):
        """Its SVG elements, its upper edge at `top`."""
        room = WIDTH - LABEL - 170
        most = max([value for _, value, _ in self.bars] + [self.goal[0] if self.goal else 0]) or 1
        lines = [f'<text class="title" x="0" y="{top + 18}">{escape(self.title)}</text>']
        y = top + HEAD - 8
        for name, value, text in self.bars:
            kind = "own" if name.startswith(self.own) else "other"
            width = max(value / most * room, 1)
            lines.append(f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
            lines.append(f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>')
            lines.append(f'<text x="{LABEL + width + 6:.1f}" y="{y + 13}">{escape(text)}</text>')
            y += BAR + GAP
        if self.goal:
            x = LABEL + self.goal[0] / most * room
            lines.append(f'<line class="goal" x1="{x:.1f}" y1="{top + HEAD - 12}" x2="{x:.1f}" y2="{y}"/>')
            lines.append(f'<text class="goal" x="{x:.1f}" y="{y + 12}">{escape(self.goal[1])}</text>')
        return lines


def draw(panels):
    """An SVG document, the panels one below the other."""
    lines, top = [], 0
    for panel in panels:
        lines += panel.draw(top)
        top += panel.height + 14
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}">',
                      STYLE, *lines, "</svg>", ""])
