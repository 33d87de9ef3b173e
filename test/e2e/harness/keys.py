# SPDX-License-Identifier: BSD-2-Clause
"""Keys by name: as PS/2 key codes for QMP's send-key, and as the bytes that terminals send."""

NAMES = {"enter": "ret", "space": "spc", "minus": "minus", "del": "delete", "ins": "insert"}
CHARACTERS = {" ": ["spc"], "-": ["minus"], ".": ["dot"], "/": ["slash"], ",": ["comma"], "=": ["equal"], ";": ["semicolon"],
              "'": ["apostrophe"], "_": ["shift", "minus"], ":": ["shift", "semicolon"], "?": ["shift", "slash"],
              "*": ["shift", "8"], "\\": ["backslash"]}

COMMON = {"up": b"\x1b[A", "down": b"\x1b[B", "right": b"\x1b[C", "left": b"\x1b[D", "enter": b"\r", "esc": b"\x1b",
          "backspace": b"\x7f", "tab": b"\t", "space": b" ", "pgup": b"\x1b[5~", "pgdn": b"\x1b[6~", "ins": b"\x1b[2~",
          "del": b"\x1b[3~"}
HIGH_FUNCTION_KEYS = {"f5": b"\x1b[15~", "f6": b"\x1b[17~", "f7": b"\x1b[18~", "f8": b"\x1b[19~", "f9": b"\x1b[20~",
                      "f10": b"\x1b[21~", "f11": b"\x1b[23~", "f12": b"\x1b[24~"}
TERMINALS = {
    "xterm": {**COMMON, **HIGH_FUNCTION_KEYS, "home": b"\x1b[H", "end": b"\x1b[F", "f1": b"\x1bOP", "f2": b"\x1bOQ",
              "f3": b"\x1bOR", "f4": b"\x1bOS"},
    "vt220": {**COMMON, **HIGH_FUNCTION_KEYS, "home": b"\x1b[1~", "end": b"\x1b[4~", "f1": b"\x1b[11~", "f2": b"\x1b[12~",
              "f3": b"\x1b[13~", "f4": b"\x1b[14~"},
    "linux": {**COMMON, **HIGH_FUNCTION_KEYS, "home": b"\x1b[1~", "end": b"\x1b[4~", "f1": b"\x1b[[A", "f2": b"\x1b[[B",
              "f3": b"\x1b[[C", "f4": b"\x1b[[D", "f5": b"\x1b[[E"},
    "pcansi": {**COMMON, "home": b"\x1b[H", "end": b"\x1b[F", "backspace": b"\x08", "f1": b"\x1b[M", "f2": b"\x1b[N",
               "f3": b"\x1b[O", "f4": b"\x1b[P", "f5": b"\x1b[Q", "f10": b"\x1b[V"},
}


def qcodes(key):
    """The key codes, pressed together, for a key's name ("down", "ctrl-x") or one character."""
    if len(key) == 1:
        if key.isascii() and key.isalpha():
            return ["shift", key.lower()] if key.isupper() else [key]
        return CHARACTERS.get(key, [key])
    return [NAMES.get(part, part) for part in key.split("-")]


def serial_bytes(key, terminal="xterm"):
    """What TERMINAL sends for a key's name, "ctrl-LETTER" or one character."""
    if key.startswith("ctrl-"):
        return bytes([ord(key[5:].upper()) - 64])
    if len(key) == 1:
        return key.encode()
    return TERMINALS[terminal][key]
