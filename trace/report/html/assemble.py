#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the page around the data, as C arrays: assemble.py OUT.c TEMPLATE STYLE SCRIPT...

d3's modules come from the distribution's node-d3-* packages; the page names each with its version, copyright and licence. The policy
in the page allows these scripts and this style by their SHA-256 and nothing else: no request can leave, and no text of a guest can run.
"""
import base64
import hashlib
import json
import pathlib
import re
import sys

MODULES = pathlib.Path("/usr/share/nodejs")
DOCUMENTS = pathlib.Path("/usr/share/doc")
# In the order in which they need each other.
D3 = ("array", "collection", "color", "dispatch", "ease", "format", "interpolate", "selection", "time", "time-format", "timer",
      "transition", "scale", "drag", "axis", "brush", "zoom")
MARKS = {"head": "@TITLE@", "body": "@DATA@"}


def module(name: str) -> dict:
    """Source, version and licence of one module of d3."""
    folder = MODULES / f"d3-{name}"
    try:
        source = (folder / "dist" / f"d3-{name}.min.js").read_text(encoding="utf-8")
        version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
        terms = (DOCUMENTS / f"node-d3-{name}" / "copyright").read_text(encoding="utf-8")
    except OSError as error:
        sys.exit(f"assemble.py: {error.filename}: {error.strerror}; install node-d3-{name} (tools/setup does)")
    stanza = re.search(r"^Files: \*\n(?:.*\n)*?License: *(\S+)", terms, re.M)
    if not stanza:
        sys.exit(f"assemble.py: {DOCUMENTS}/node-d3-{name}/copyright names no licence for its files")
    text = re.search(rf"^License: *{re.escape(stanza[1])}\n((?: .*\n?)+)", terms, re.M | re.I)
    if not text:
        sys.exit(f"assemble.py: {DOCUMENTS}/node-d3-{name}/copyright has no text of {stanza[1]}")
    notice = source.split("\n", 1)[0].removeprefix("//").strip()
    lines = ("" if line.strip() == "." else line.strip() for line in text[1].splitlines())
    return {"name": f"d3-{name}", "version": version, "licence": stanza[1], "notice": notice, "source": source, "terms": "\n".join(lines)}


def digest(text: str) -> str:
    """As a Content-Security-Policy names a script or style (CSP level 3, 2.3.1)."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def element_text(name: str, text: str) -> str:
    """The text between the tags; what would end the element early stops the build."""
    if re.search(rf"</{name}|<!--", text, re.I):
        sys.exit(f"assemble.py: a {name} holds </{name} or <!--")
    return "\n" + text.strip() + "\n"


def manifest(modules: list) -> str:
    """The parts that are not ours, and their licences, for readers of the page's source."""
    lines = ["Parts of other origin in this page:"]
    lines += [f"  {m['name']} {m['version']}, {m['licence']}: {m['notice']}" for m in modules]
    for terms in dict.fromkeys(m["terms"] for m in modules):
        names = ", ".join(m["name"] for m in modules if m["terms"] == terms)
        lines += ["", f"Licence of {names}:", "", terms.strip()]
    return "\n".join(lines).replace("--", "- -")


def c_array(name: str, text: str) -> str:
    data = text.encode()
    rows = ["    " + ",".join(map(str, data[at : at + 24])) + "," for at in range(0, len(data), 24)]
    return f"const unsigned char {name}[] = {{\n" + "\n".join(rows) + f"\n}};\nconst size_t {name}_len = {len(data)};\n"


def main() -> None:
    out, template, style, *scripts = map(pathlib.Path, sys.argv[1:])
    modules = [module(name) for name in D3]
    style_text = element_text("style", style.read_text(encoding="utf-8"))
    library = element_text("script", "\n".join(m["source"].strip() for m in modules))
    own = element_text("script", "\n".join(script.read_text(encoding="utf-8").strip() for script in scripts))
    parts = [{key: m[key] for key in ("name", "version", "licence")} for m in modules]
    policy = (f"default-src 'none'; script-src {digest(library)} {digest(own)}; style-src {digest(style_text)}; img-src data: blob:; "
              "base-uri 'none'; form-action 'none'")
    page = template.read_text(encoding="utf-8")
    for mark, text in {"@POLICY@": policy, "@STYLE@": style_text, "@PARTS@": json.dumps(parts), "@MANIFEST@": manifest(modules),
                       "@LIBRARY@": library, "@SCRIPT@": own}.items():
        if page.count(mark) != 1:
            sys.exit(f"assemble.py: {template} has {page.count(mark)} times {mark}")
        page = page.replace(mark, text)
    head, rest = page.split(MARKS["head"])
    body, tail = rest.split(MARKS["body"])
    text = '/* Made by assemble.py. */\n#include "trace/report/html/html_template.h"\n\n'
    text += "".join(c_array(f"html_template_{name}", part) for name, part in {"head": head, "body": body, "tail": tail}.items())
    out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
