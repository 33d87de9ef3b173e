# SPDX-License-Identifier: BSD-2-Clause
"""Reads the text of a picture as a stranger does: by tesseract."""
import io
import re
import subprocess

from PIL import Image, ImageOps, ImageStat

TEXT_HEIGHT_FROM = 2000  # pixels: pictures that high have letters large enough
# What looks alike in a sans serif font at the size of a menu counts as the same.
ALIKE = str.maketrans("lI|!iOo", "1111100")


def read(picture):
    """The lines of text in PICTURE, as far as they can be made out."""
    grey = picture.convert("L")
    if ImageStat.Stat(grey).mean[0] < 128:
        grey = ImageOps.invert(grey)  # it was taught black on white
    grey = ImageOps.autocontrast(grey)
    if picture.height < TEXT_HEIGHT_FROM:
        grey = grey.resize((grey.width * 3, grey.height * 3), Image.BICUBIC)
    file = io.BytesIO()
    grey.save(file, "PNG")
    done = subprocess.run(["tesseract", "-", "-", "--psm", "6", "-l", "eng"], input=file.getvalue(), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True, env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"})
    return done.stdout.decode("utf-8", "replace")


def plain(text):
    """TEXT without what is hard to tell apart: blanks, punctuation, l and 1, O and 0."""
    return re.sub(r"[^0-9a-z]", "", text.translate(ALIKE).lower())


def shows(text, wanted):
    """Is WANTED in TEXT, which was read()?"""
    return plain(wanted) in plain(text)
