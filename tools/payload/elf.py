# SPDX-License-Identifier: BSD-2-Clause
# Reads DT_NEEDED of 64-bit little-endian ELF files.
import struct

PT_LOAD, PT_DYNAMIC = 1, 2
DT_NULL, DT_NEEDED, DT_STRTAB = 0, 1, 5


def needed(path):
    """The names of the libraries that the ELF file at PATH needs; [] when it is no dynamic ELF file."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 64 or data[:6] != b"\x7fELF\x02\x01":
        return []
    phoff, = struct.unpack_from("<Q", data, 32)
    phentsize, phnum = struct.unpack_from("<HH", data, 54)
    segments = [struct.unpack_from("<IIQQQQ", data, phoff + i * phentsize) for i in range(phnum)]
    dynamic = next((s for s in segments if s[0] == PT_DYNAMIC), None)
    if not dynamic:
        return []

    def file_offset(address):
        for kind, _, offset, vaddr, _, filesz in segments:
            if kind == PT_LOAD and vaddr <= address < vaddr + filesz:
                return address - vaddr + offset
        raise ValueError(f"{path}: address {address:#x} lies in no segment")

    names, strtab = [], 0
    for at in range(dynamic[2], dynamic[2] + dynamic[5], 16):
        tag, value = struct.unpack_from("<qQ", data, at)
        if tag == DT_NULL:
            break
        if tag == DT_NEEDED:
            names.append(value)
        elif tag == DT_STRTAB:
            strtab = file_offset(value)
    return [data[strtab + n:data.index(b"\0", strtab + n)].decode() for n in names]
