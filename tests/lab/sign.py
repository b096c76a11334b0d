#!/usr/bin/python3
"""sign.py FOLDER ADDRESS: sign the zones FOLDER/*.source and the root above them, delegate them to each other,
and write all that NSD at ADDRESS needs, and the root's key (root.key).

The first line of a source says how: "; signed", "; unsigned", "; spoilt" (a bit of each signature is wrong) or
"; lapsed" (the signatures have expired)."""
import glob
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../dnssec"))
import hierarchy  # noqa: E402

HOW = {"signed": {}, "spoilt": {}, "unsigned": {"algorithm": None},
       "lapsed": {"begin": -30 * hierarchy.DAY, "end": -hierarchy.DAY}}


def main():
    folder, address = sys.argv[1:]
    zones, spoilt = {".": hierarchy.Zone(".", "")}, []
    for path in glob.glob(f"{folder}/*.source"):
        name = os.path.basename(path).removesuffix("source")
        with open(path, encoding="ascii") as file:
            text = file.read()
        how = text.split("\n")[0].strip("; ")
        zones[name] = hierarchy.Zone(name, text, **HOW[how])
        if how == "spoilt":
            spoilt.append(name)
    for name, zone in zones.items():
        above = name
        while above != ".":
            above = above.partition(".")[2] or "."
            if above in zones:
                zones[above].delegate(zone)
                break
    for zone in zones.values():
        zone.sign()
    for name in spoilt:
        hierarchy.spoil(zones[name])
    hierarchy.write(zones, folder, address)


main()
