#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the tables of lookalike.h from the Unicode data that Python has: lookalike_table.py OUT.c"""
import sys
import unicodedata


def main() -> None:
    decompositions, classes = [], []
    for code in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(code)).split()
        if parts and not parts[0].startswith("<"):  # <...>: compatible only, it looks different
            first, second = (parts + ["0"])[:2]
            decompositions.append(f"    {{0x{code:X}, 0x{first}, 0x{second}}},")
        if unicodedata.combining(chr(code)):
            classes.append(f"    {{0x{code:X}, {unicodedata.combining(chr(code))}}},")
    text = [
        f"/* Made by lookalike_table.py: Unicode {unicodedata.unidata_version}. */",
        '#include "tools/mkhiperiso/lookalike.h"',
        "const struct lookalike_decomposition lookalike_decompositions[] = {", *decompositions, "};",
        f"const size_t lookalike_decomposition_count = {len(decompositions)};",
        "const struct lookalike_class lookalike_classes[] = {", *classes, "};",
        f"const size_t lookalike_class_count = {len(classes)};",
    ]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
