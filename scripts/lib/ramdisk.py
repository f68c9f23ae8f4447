#!/usr/bin/env python3
"""Writes a folder as an initramfs whose bytes depend on the files' names and contents alone.

usage: ramdisk.py FOLDER OUT [--console]

The format is the kernel's "newc" (Documentation/driver-api/early-userspace/buffer-format.rst),
uncompressed: no version of a compressor takes part, and the kernel starts sooner. Names are sorted,
owners are root, times are zero, and nobody may write anything. --console adds /dev/console, which
the kernel opens for its first process; so no privilege is needed to make it. Links are refused.
"""

import os
import stat
import sys

FOLDER, FILE, DEVICE = stat.S_IFDIR | 0o555, stat.S_IFREG | 0o444, stat.S_IFCHR | 0o600


def entry(number, name, mode, content=b"", device=(0, 0)):
    """One entry: thirteen numbers in hex, the name, the content; both padded to four bytes."""
    path = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (number, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
    return pad(head, 4) + pad(content, 4)


def pad(data, to):
    return data + bytes(-len(data) % to)


def below(folder):
    """Name and path of everything below a folder, names sorted."""
    found = {}
    for path, folders, files in os.walk(folder):
        for name in folders + files:
            whole = os.path.join(path, name)
            found[os.path.relpath(whole, folder)] = whole
    return sorted(found.items())


def archive(folder, console):
    entries = []
    for name, path in below(folder):
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            entries.append((name, FOLDER, b"", (0, 0)))
        elif stat.S_ISREG(mode):
            with open(path, "rb") as file:
                entries.append((name, FILE | (mode & 0o111 and 0o111), file.read(), (0, 0)))
        else:
            sys.exit(f"ramdisk.py: {path} is neither a file nor a folder")
    if console:
        entries.append(("dev/console", DEVICE, b"", (5, 1)))
        entries.sort()
    body = b"".join(entry(number, *each) for number, each in enumerate(entries, 1))
    # Archives follow one another in memory, so each ends where another may begin.
    return pad(body + entry(0, "TRAILER!!!", 0), 512)


def main():
    folder, out, *more = sys.argv[1:]
    if more not in ([], ["--console"]):
        sys.exit(__doc__)
    with open(out, "wb") as file:
        file.write(archive(folder, bool(more)))


main()
