"""The grammar of equations, and a parser that refuses what would take forever."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from physforge.errors import EquationError

if TYPE_CHECKING:
    from lark import Lark, Tree
    from lark.lexer import Token

#: Longest text that is read, in characters.
MAX_LENGTH = 20_000
#: Deepest nesting of brackets.
MAX_DEPTH = 40

GRAMMAR = r"""
equation: sum "=" sum
sum: product (ADD product)*
product: signed (MUL signed)*
signed: ADD* power
power: _primary (POW exponent)?
exponent: ADD* _primary
_primary: number | symbol | call | group
number: NUMBER
symbol: NAME
call: NAME "(" sum ")" SUBSCRIPT?
group: "(" sum ")" SUBSCRIPT?

ADD: "+" | "-" | "−"
MUL.1: "*" | "/" | "·"
POW.2: "**" | "^"
SUBSCRIPT: /_[txyz]+/
NUMBER: /(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/
NAME: /[^\W\d_]\w*/
%ignore /\s+/
"""


def parse_tree(text: str, start: str) -> Tree[Token]:
    """Read text into a syntax tree.

    Parameters
    ----------
    text : str
        An equation or expression.
    start : {"equation", "sum"}
        What to expect.

    Returns
    -------
    lark.Tree
        With positions.

    Raises
    ------
    EquationError
        If the text is too long, nests too deeply, or breaks the grammar; the
        message names the column.
    """
    from lark.exceptions import UnexpectedEOF, UnexpectedInput, UnexpectedToken

    _guard(text)
    try:
        return _parser().parse(text, start=start)
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END")
        message = _explain_end(text) if ended else _explain(text, error.pos_in_stream or 0)
        raise EquationError(message) from error


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", start=["equation", "sum"], propagate_positions=True)


def _guard(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise EquationError(f"The equation has {len(text)} characters; at most {MAX_LENGTH} are read.")
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > MAX_DEPTH:
            raise EquationError(f"Brackets nest more than {MAX_DEPTH} deep at column {position + 1}.")


def _explain_end(text: str) -> str:
    if text.count("(") > text.count(")"):
        return f"A bracket is not closed in {quote(text)}."
    if "=" not in text:
        return f"There is no '=' in {quote(text)}; an equation has two sides, as in 'u_t = 0.1*u_xx'."
    return f"The text ends too early: {quote(text)}."


def _explain(text: str, position: int) -> str:
    found = text[position]
    before = text[:position].rstrip()
    message = f"Unexpected {found!r} at column {position + 1} of {quote(text, position)}."
    if (found.isalnum() or found == "(") and before and (before[-1].isalnum() or before[-1] == ")"):
        return f"{message} Products need a star: write 2*u, not 2u."
    if text.startswith(("**", "^"), position):
        return f"{message} Chained powers need brackets: write u**(2**3)."
    if found == "=":
        return f"{message} One equation has one '='; several equations make a System."
    return f"{message} Use + - * / **, brackets, numbers and names such as u_xx."


def quote(text: str, position: int = 0) -> str:
    """Return at most 60 characters of `text` around `position`, quoted.

    Parameters
    ----------
    text : str
        What to quote.
    position : int, default 0
        A character that must be seen.

    Returns
    -------
    str
        On one line.
    """
    start = max(0, min(position - 30, len(text) - 60))
    part = " ".join(text[start : start + 60].split())
    return f"'{'...' if start else ''}{part}{'...' if start + 60 < len(text) else ''}'"
