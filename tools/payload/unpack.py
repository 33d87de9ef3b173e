# SPDX-License-Identifier: BSD-2-Clause
# Unpacks from a package the files that may be wanted, into a usr-merged tree.
import fnmatch
import os
import shutil
import subprocess
import tarfile

from payload import contents
from payload.common import Failure, environment, find_program

MERGED_DIRS = ("bin/", "sbin/", "lib/", "lib64/")


def merged(path):
    return "usr/" + path if path.startswith(MERGED_DIRS) else path


def normal_path(name):
    """'./lib/x' -> 'usr/lib/x': the runtime is usr-merged."""
    name = name[2:] if name.startswith("./") else name
    name = merged(name.strip("/"))
    if name == ".." or name.startswith("../") or "/../" in name or name.endswith("/.."):
        raise Failure(f"a package names the file {name}: refused")
    return name


def is_wanted(package, path, is_kernel):
    if path == f"usr/share/doc/{package.name}" or path == f"usr/share/doc/{package.name}/copyright":
        return True
    if is_kernel:
        return path.startswith(("boot/", "usr/lib/modules/"))
    if path in contents.ESP_FILES.get(package.name, {}):
        return True
    if package.name in contents.FILE_PACKAGES:
        return False
    if os.path.dirname(path) == contents.LIBRARY_DIR and ".so" in os.path.basename(path):
        return True
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in contents.FILES.get(package.name, []))


def unpack(deb_path, package, is_kernel, pool_dir):
    """Unpacks the files of one package that may be wanted; returns their paths ('usr/bin/x')."""
    paths = []
    dpkg_deb = find_program("dpkg-deb", "dpkg")
    process = subprocess.Popen([dpkg_deb, "--fsys-tarfile", deb_path], stdout=subprocess.PIPE, env=environment())
    with process, tarfile.open(fileobj=process.stdout, mode="r|") as tar:
        for member in tar:
            path = normal_path(member.name)
            if member.isdir() or not is_wanted(package, path, is_kernel):
                continue
            target = os.path.join(pool_dir, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if member.issym():
                os.symlink(member.linkname, target)
            elif member.islnk():
                os.link(os.path.join(pool_dir, normal_path(member.linkname)), target)
            elif member.isfile():
                with open(target, "wb") as file:
                    shutil.copyfileobj(tar.extractfile(member), file, 1 << 20)
                os.chmod(target, 0o755 if member.mode & 0o100 else 0o644)
                os.utime(target, (member.mtime, member.mtime))
            else:
                continue
            paths.append(path)
    if process.returncode != 0:
        raise Failure(f"{deb_path}: dpkg-deb could not read it; delete it and try again")
    return paths
