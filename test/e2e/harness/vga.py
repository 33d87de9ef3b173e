# SPDX-License-Identifier: BSD-2-Clause
"""A machine's text screen read by program: VGA text memory."""


def text_of_vga(memory, columns=80, rows=25):
    """Characters of VGA text memory (character, attribute, ...), a line a row."""
    lines = []
    for row in range(rows):
        cells = memory[row * columns * 2:(row + 1) * columns * 2:2]
        lines.append(bytes(cells).decode("cp437").replace("\0", " ").rstrip())
    return "\n".join(lines)

