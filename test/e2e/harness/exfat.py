# SPDX-License-Identifier: BSD-2-Clause
"""Just enough of exFAT to find a file's directory entries on an image and to damage them; shares no code with the product."""

ATTRIBUTE_FOLDER = 0x10
NO_FAT_CHAIN = 2
IN_USE = 0x80
BITMAP = 0x81


class Volume:
    """The volume that starts START bytes into the file at PATH."""

    def __init__(self, path, start):
        self.path, self.start = path, start
        boot = self.read(start, 512)
        assert boot[3:11] == b"EXFAT   ", f"{path}: no exFAT at byte {start}"
        self.sector = 1 << boot[108]
        self.cluster = self.sector << boot[109]
        self.fat = start + int.from_bytes(boot[80:84], "little") * self.sector
        self.heap = start + int.from_bytes(boot[88:92], "little") * self.sector
        self.root = int.from_bytes(boot[96:100], "little")

    def read(self, offset, count):
        with open(self.path, "rb") as disk:
            disk.seek(offset)
            return disk.read(count)

    def write(self, offset, data):
        with open(self.path, "r+b") as disk:
            disk.seek(offset)
            disk.write(data)

    def clusters(self, first, count=None):
        """The cluster chain: COUNT clusters in a row, or what the FAT says."""
        if count is not None:
            return list(range(first, first + count))
        chain = []
        while 2 <= first < 0xFFFFFFF7 and first not in chain:
            chain.append(first)
            first = int.from_bytes(self.read(self.fat + 4 * first, 4), "little")
        return chain

    def at(self, cluster):
        """The byte in the image at which CLUSTER starts."""
        return self.heap + (cluster - 2) * self.cluster

    def entry_sets(self, chain):
        """(offsets of the 32-byte entries, name, attributes, first cluster, bytes, flags) of each file in a folder."""
        entries = [(self.at(c) + o, self.read(self.at(c) + o, 32)) for c in chain for o in range(0, self.cluster, 32)]
        for i, (_, entry) in enumerate(entries):
            if entry[0] == 0:
                return
            if entry[0] != 0x85:
                continue
            group = entries[i:i + 1 + entry[1]]
            stream = group[1][1]
            name = b"".join(part[2:] for _, part in group[2:])[:2 * stream[3]].decode("utf-16-le")
            yield ([o for o, _ in group], name, int.from_bytes(entry[4:6], "little"),
                   int.from_bytes(stream[20:24], "little"), int.from_bytes(stream[24:32], "little"), stream[1])

    def find(self, path):
        """The entry set of PATH ("/folder/file")."""
        chain = self.clusters(self.root)
        found = None
        for part in path.strip("/").split("/"):
            found = next(s for s in self.entry_sets(chain) if s[1].lower() == part.lower())
            count = -(-found[4] // self.cluster) if found[5] & NO_FAT_CHAIN else None
            chain = self.clusters(found[3], count)
        return found

    def fill(self, room):
        """Marks all free clusters as used, except the first ones of ROOM bytes together."""
        entry = next(e for c in self.clusters(self.root) for o in range(0, self.cluster, 32)
                     if (e := self.read(self.at(c) + o, 32))[0] == BITMAP)
        place = self.at(int.from_bytes(entry[20:24], "little"))  # of the bitmap; ours lies in one piece
        bits = bytearray(self.read(place, int.from_bytes(entry[24:32], "little")))
        left = room // self.cluster
        for n in range(8 * len(bits)):
            if not bits[n // 8] >> n % 8 & 1:
                left -= 1
                if left < 0:
                    bits[n // 8] |= 1 << n % 8
        assert left < 0, f"{self.path}: less than {room} bytes are free"
        self.write(place, bytes(bits))

    def delete(self, path):
        """Marks PATH's entries as unused, as a deletion does (its clusters stay allocated)."""
        for offset in self.find(path)[0]:
            self.write(offset, bytes([self.read(offset, 1)[0] & ~IN_USE]))

    def loop(self, path):
        """Makes a folder's cluster chain run in a circle through the FAT, for a length of a thousand clusters."""
        offsets, _, attributes, first, _, flags = self.find(path)
        assert attributes & ATTRIBUTE_FOLDER
        length = 1000 * self.cluster
        stream = bytearray(self.read(offsets[1], 32))
        stream[1] = flags & ~NO_FAT_CHAIN
        stream[8:16] = stream[24:32] = length.to_bytes(8, "little")
        self.write(offsets[1], bytes(stream))
        self.write(self.fat + 4 * first, first.to_bytes(4, "little"))
        filler = b"".join(self.read(self.at(first) + o, 32) if self.read(self.at(first) + o, 1) != b"\0" else b"\x05" + bytes(31)
                          for o in range(0, self.cluster, 32))  # no end of the folder within the circle
        self.write(self.at(first), filler)
        self._checksum(offsets)

    def _checksum(self, offsets):
        data = b"".join(self.read(o, 32) for o in offsets)
        total = 0
        for i, byte in enumerate(data):
            if i not in (2, 3):
                total = (((total & 1) << 15) + (total >> 1) + byte) & 0xFFFF
        self.write(offsets[0] + 2, total.to_bytes(2, "little"))
