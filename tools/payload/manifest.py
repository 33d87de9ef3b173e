# SPDX-License-Identifier: BSD-2-Clause
# manifest.json: what lies on the ESP, and which packages the runtime was made from.
import json
import os

from payload.common import sha256_of


def package_rows(packages, licences):
    """PACKAGES: {name: Package}; LICENCES: {name: path inside runtime.squashfs}."""
    return [
        {
            "package": package.name,
            "version": package.version,
            "architecture": package.architecture,
            "source": package.source,
            "source_version": package.source_version,
            "licence": licences[name],
        }
        for name, package in sorted(packages.items())
    ]


def write(payload_dir, relative_path, version, kernel_version, rows):
    """Hashes every file under PAYLOAD_DIR and writes the manifest among them."""
    files = []
    for folder, dirs, names in os.walk(payload_dir):
        dirs.sort()
        for name in names:
            path = os.path.join(folder, name)
            files.append({
                "path": "/" + os.path.relpath(path, payload_dir),
                "size": os.path.getsize(path),
                "sha256": sha256_of(path),
            })
    files.sort(key=lambda row: row["path"])
    manifest = {"hiperiso": version, "kernel": kernel_version, "files": files, "packages": rows}
    with open(os.path.join(payload_dir, relative_path), "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1, ensure_ascii=False)
        file.write("\n")
    return sum(row["size"] for row in files)
