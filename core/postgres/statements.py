"""A SQL file cut into its statements, as PostgreSQL would: strings, quotes, comments, $$ bodies."""

import re

_PIECE = re.compile(
    r"""
      --[^\n]*                                # comment to the end of the line
    | /\*                                     # comment, may hold others
    | [eE]'(?:[^'\\]|\\.|'')*'                # string with escapes
    | '(?:[^']|'')*'                          # string
    | "(?:[^"]|"")*"                          # name
    | (?P<dollar>\$(?:[A-Za-z_]\w*)?\$)       # body, up to the same mark
    | ;
    | [A-Za-z_][\w$]*                         # word: a $ in it begins no body
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


def statements(text: str) -> list[str]:
    """Each without its semicolon; what is only space and comments is none."""
    found: list[str] = []
    begin = at = 0
    solid = False  # whether there is anything but space and comments since `begin`
    while match := _PIECE.match(text, at):
        piece, at = match[0], match.end()
        if piece == "/*":
            at = _past_comment(text, at)
        elif mark := match["dollar"]:
            close = text.find(mark, at)
            if close < 0:
                raise ValueError(f"no end of {mark}")
            at, solid = close + len(mark), True
        elif piece == ";":
            if solid:
                found.append(text[begin : at - 1].strip())
            begin, solid = at, False
        elif not piece.isspace() and not piece.startswith("--"):
            solid = True
    if solid:
        found.append(text[begin:].strip())
    return found


def _past_comment(text: str, at: int) -> int:
    depth = 1
    while depth:
        opens, closes = text.find("/*", at), text.find("*/", at)
        if closes < 0:
            raise ValueError("no end of /*")
        if 0 <= opens < closes:
            depth, at = depth + 1, opens + 2
        else:
            depth, at = depth - 1, closes + 2
    return at
