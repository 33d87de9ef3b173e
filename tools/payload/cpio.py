# SPDX-License-Identifier: BSD-2-Clause
# Writes newc cpio archives (kernel Documentation/driver-api/early-userspace/buffer-format.rst), the same bytes each time.
import stat


class Writer:
    """Everything belongs to root and carries one time; folders are added before what lies in them."""

    def __init__(self, mtime):
        self.mtime = mtime
        self.parts = []
        self.size = 0
        self.inode = 0
        self.dirs = set()

    def _entry(self, name, mode, data, nlink=1, rdev=(0, 0)):
        self.inode += 1
        name_bytes = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, nlink, self.mtime, len(data), 0, 0, rdev[0], rdev[1], len(name_bytes), 0)
        header = b"070701" + b"".join(b"%08X" % f for f in fields) + name_bytes
        for part in (header, data):
            self.parts.append(part + bytes(-len(part) % 4))
            self.size += len(self.parts[-1])

    def _parents(self, name):
        parts = name.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            self.directory("/".join(parts[:depth]))

    def directory(self, name, mode=0o755):
        if name in self.dirs:
            return
        self._parents(name)
        self.dirs.add(name)
        self._entry(name, stat.S_IFDIR | mode, b"", nlink=2)

    def file(self, name, data, mode=0o644):
        self._parents(name)
        self._entry(name, stat.S_IFREG | mode, data)

    def symlink(self, name, target):
        self._parents(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def char_device(self, name, major, minor, mode=0o600):
        self._parents(name)
        self._entry(name, stat.S_IFCHR | mode, b"", rdev=(major, minor))

    def bytes(self):
        """The finished archive, padded to 512 bytes as cpio does."""
        self.inode = -1  # the trailer's is 0
        mtime, self.mtime = self.mtime, 0
        self._entry("TRAILER!!!", 0, b"")
        self.mtime = mtime
        return b"".join(self.parts) + bytes(-self.size % 512)
