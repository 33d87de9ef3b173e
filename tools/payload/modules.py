# SPDX-License-Identifier: BSD-2-Clause
# Chooses kernel modules and orders them by dependency.
import fnmatch
import os

from payload import contents
from payload.common import Failure, find_program, run


class Modules:
    """The modules of one unpacked kernel: POOL_DIR/usr/lib/modules/VERSION."""

    def __init__(self, pool_dir, version):
        self.dir = os.path.join(pool_dir, "usr/lib/modules", version)
        depmod(pool_dir, version)
        self.depends = {}  # path -> paths it needs, the nearest first (modules.dep(5))
        with open(os.path.join(self.dir, "modules.dep"), encoding="utf-8") as file:
            for line in file:
                path, _, needs = line.partition(":")
                self.depends[path] = needs.split()
        self.by_name = {module_name(path): path for path in self.depends}
        with open(os.path.join(self.dir, "modules.builtin"), encoding="utf-8") as file:
            self.builtin = {module_name(line.strip()) for line in file}

    def in_order(self, names):
        """Paths of NAMES and all they need, each after what it needs. 'name?' may be missing; built-in ones are left out."""
        ordered, seen = [], set()
        for name in names:
            optional = name.endswith("?")
            key = name.rstrip("?").replace("-", "_")
            path = self.by_name.get(key)
            if not path:
                if optional or key in self.builtin:
                    continue
                raise Failure(f"this kernel has no module {key}: correct tools/payload/contents.py")
            # modules.dep lists all needs, direct or not, so that the last one has to be inserted first.
            for item in [*reversed(self.depends[path]), path]:
                if item not in seen:
                    seen.add(item)
                    ordered.append(item)
        return ordered

    def closure(self, patterns):
        """Paths that match PATTERNS (contents.RUNTIME_MODULES) and all they need, sorted."""
        chosen = set()
        for pattern in patterns:
            glob = "kernel/" + pattern + ("*" if pattern.endswith("/") else ".ko")
            found = [p for p in self.depends if fnmatch.fnmatchcase(p, glob)]
            if not found and module_name(pattern) not in self.builtin:
                raise Failure(f"this kernel has no module {pattern}: correct tools/payload/contents.py")
            chosen.update(p for p in found if not is_excluded(p))
        for path in list(chosen):
            chosen.update(self.depends[path])
        return sorted(chosen)


def is_excluded(path):
    return any(fnmatch.fnmatchcase("/" + path, pattern) for pattern in contents.EXCLUDED_MODULES)


def module_name(path):
    return os.path.basename(path).removesuffix(".ko").replace("-", "_")


def depmod(root, version):
    """Writes modules.dep and friends for the modules under ROOT."""
    system_map = os.path.join(root, "boot", f"System.map-{version}")
    options = ["-F", system_map] if os.path.exists(system_map) else []
    usr = os.path.join(root, "lib")
    made = not os.path.lexists(usr)
    if made:
        os.symlink("usr/lib", usr)  # depmod looks under /lib/modules
    run([find_program("depmod", "kmod"), "-b", root, *options, version])
    if made:
        os.unlink(usr)
