"""Glob patterns of paths."""

import re
from pathlib import Path

_MAGIC = re.compile(r"[*?\[]")


def split_glob(url: str) -> tuple[str, str]:
    """Cut a glob into the folder before its first special character, and the pattern from there.

    A local path that exists is taken literally; so is a web address, which does not support
    listing.
    """
    magic = _MAGIC.search(url)
    if magic is None or url.startswith(("http://", "https://")):
        return url, ""
    if "://" not in url and Path(url).expanduser().exists():
        return url, ""
    cut = url.rfind("/", 0, magic.start()) + 1
    return url[:cut] or ".", url[cut:]


def regex_of(pattern: str) -> str:
    """Return the regular expression of a glob; only ``**`` matches across folders."""
    translations = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}

    def translate(match: re.Match[str]) -> str:
        token = match.group()
        if token in translations:
            return translations[token]
        if len(token) > 1:
            negated = token[1] == "!"
            members = re.sub(r"([\[\\^&~|])", r"\\\1", token[1 + negated : -1])
            return f"[{'^' * negated}{members}]"
        return re.escape(token)

    return re.sub(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", translate, pattern, flags=re.DOTALL)
