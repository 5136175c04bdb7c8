#!/usr/bin/env python3
"""Write files as arrays of C: embed.py OUT FILE..."""
import os
import sys


def main(out, files):
    with open(out, "w", encoding="ascii") as c:
        c.write("/* Made by embed.py. */\n#include \"http/page.h\"\n\n")
        rows = []
        for path in files:
            name = os.path.basename(path)
            symbol = name.replace(".", "_")
            with open(path, "rb") as f:
                data = f.read()
            c.write("static const char %s[] = {\n" % symbol)
            for i in range(0, len(data), 16):
                part = data[i:i + 16]
                c.write("".join("%d," % (b - 256 if b > 127 else b)
                                for b in part) + "\n")
            c.write("0};\n\n")
            rows.append('\t{"/%s", %s, sizeof(%s) - 1},\n'
                        % (name, symbol, symbol))
        c.write("const struct usher__page_file usher__page_files[] = {\n")
        c.write("".join(rows))
        c.write("\t{0, 0, 0},\n};\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
