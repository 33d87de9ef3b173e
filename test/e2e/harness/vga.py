# SPDX-License-Identifier: BSD-2-Clause
"""A machine's text screen read by program: VGA text memory."""


def text_of_vga(memory, columns=80, rows=25):
    """Characters of VGA text memory (character, attribute, ...), a line a row."""
    lines = []
    for row in range(rows):
        cells = memory[row * columns * 2:(row + 1) * columns * 2:2]
        lines.append(bytes(cells).decode("cp437").replace("\0", " ").rstrip())
    return "\n".join(lines)


def _cell(picture, x, y, width, height):
    """The cell's pixels as a bitmap: True where a pixel differs from the cell's most frequent colour."""
    pixels = list(picture.crop((x, y, x + width, y + height)).getdata())
    background = max(set(pixels), key=pixels.count)
    return tuple(p != background for p in pixels)


class GlyphReader:
    """Reads text off a graphics console with fixed cells, by glyphs learnt from text whose place is known."""

    def __init__(self, width=8, height=19):
        self.width, self.height = width, height
        self.glyphs = {}

    def learn(self, picture, x, y, text):
        """TEXT stands at pixel (X, Y): its glyphs are known from now on."""
        for i, char in enumerate(text):
            self.glyphs.setdefault(_cell(picture, x + i * self.width, y, self.width, self.height), char)

    def learn_behind(self, picture, known, text):
        """TEXT stands behind KNOWN in a row of a screen whose grid starts at its corner; False if KNOWN is nowhere."""
        for y, row in enumerate(self.rows(picture, 0, 0)):
            if known in row:
                self.learn(picture, (row.index(known) + len(known)) * self.width, y * self.height, text)
                return True
        return False

    def rows(self, picture, left=None, top=None):
        """Every row of cells as text; unknown glyphs are U+FFFD. The grid is centred unless LEFT and TOP say where it is."""
        columns, lines = picture.width // self.width, picture.height // self.height
        left = (picture.width - columns * self.width) // 2 if left is None else left
        top = (picture.height - lines * self.height) // 2 if top is None else top
        return ["".join(self.glyphs.get(_cell(picture, left + c * self.width, top + r * self.height, self.width, self.height), "\ufffd")
                        for c in range(columns)) for r in range(lines)]


LINUX_FONT = (8, 16)  # of Linux' text screen in a graphics mode


def learn_linux_font(picture, known):
    """A GlyphReader of the glyphs of KNOWN, a text that stands at the left of a row by itself; None if it is nowhere."""
    width, height = LINUX_FONT
    for row in range(picture.height // height):
        reader = GlyphReader(width, height)
        reader.learn(picture, 0, row * height, known + " ")
        strip = picture.crop((0, row * height, picture.width, (row + 1) * height))
        if len(reader.glyphs) == len(set(known + " ")) and reader.rows(strip, 0, 0)[0].rstrip() == known:
            return reader
    return None
