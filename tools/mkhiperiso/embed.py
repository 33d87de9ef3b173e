#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes files as C arrays for embedded.h: embed.py OUT.c PATH=FILE..."""
import sys


def main() -> None:
    out, pairs = sys.argv[1], [pair.split("=", 1) for pair in sys.argv[2:]]
    text = ["/* Made by embed.py. */", '#include "tools/mkhiperiso/embedded.h"']
    rows = []
    for number, (path, source) in enumerate(pairs):
        with open(source, "rb") as file:
            data = file.read()
        text.append(f"static const unsigned char bytes_{number}[] = {{")
        for start in range(0, len(data), 20):
            text.append("    " + ",".join(str(byte) for byte in data[start : start + 20]) + ",")
        text.append("};")
        rows.append(f'    {{"{path}", bytes_{number}, {len(data)}}},')
    text += ["const struct embedded_file embedded_files[] = {", *rows, "};"]
    text.append(f"const size_t embedded_file_count = {len(pairs)};")
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
