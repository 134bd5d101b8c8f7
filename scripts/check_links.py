#!/usr/bin/env python3
"""Checks that every relative link in the project's Markdown files leads to a file that exists, and every anchor to a
heading that exists. Links to other hosts are not followed: the check needs no network."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!\\)!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$")
FENCE = re.compile(r"^\s*(```|~~~)")


def markdown_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).exists()]


def prose_lines(text):
    """The lines outside of fenced code, numbered from 1."""
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors_of(path):
    """The anchors that GitHub makes of a file's headings; a repeated heading gets -1, -2, ..."""
    anchors = set()
    for _, line in prose_lines(path.read_text(encoding="utf-8")):
        heading = HEADING.match(line)
        if heading:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1))
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            repeats = 0
            unique = anchor
            while unique in anchors:
                repeats += 1
                unique = f"{anchor}-{repeats}"
            anchors.add(unique)
        anchors.update(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", line))
    return anchors


def problem_with(link, source):
    """What is wrong with a link, or nothing."""
    if re.match(r"[a-z][a-z0-9+.-]*:", link):
        return None
    target, _, anchor = link.partition("#")
    path = source if not target else (source.parent / unquote(target)).resolve()
    if not path.exists():
        return "there is no such file"
    if not path.is_relative_to(ROOT):
        return "leads out of the project"
    if anchor and path.suffix == ".md" and anchor not in anchors_of(path):
        return "there is no such heading"
    return None


def main():
    problems = 0
    checked = 0
    for source in markdown_files():
        for number, line in prose_lines(source.read_text(encoding="utf-8")):
            line = re.sub(r"`[^`]*`", "", line)
            for link in LINK.findall(line) + REFERENCE.findall(line):
                checked += 1
                problem = problem_with(link, source)
                if problem:
                    problems += 1
                    print(f"{source.relative_to(ROOT)}:{number}: {link}: {problem}")
    print(f"{checked} links checked, {problems} broken")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
