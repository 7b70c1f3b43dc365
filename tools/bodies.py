"""The SQL inside function bodies, cut into statements that sqlfluff can parse.

sqlfluff takes `$$ ... $$` for one string. A body in LANGUAGE sql is a list of statements
already. Of a body in PL/pgSQL the statements and expressions are cut out, and what only
PL/pgSQL knows is taken away: `PERFORM f()` becomes `SELECT f()`, `x := y` becomes
`SELECT y`, and `INTO x` goes. Lines are never joined or split, so that a line of a
fragment is a line of the file.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

FUNCTION = re.compile(
    r"^LANGUAGE (?P<language>sql|plpgsql)\b[^$;]*?\bAS \$\$\n(?P<body>.*?)^\$\$;",
    re.DOTALL | re.MULTILINE,
)
TOKEN = re.compile(
    r"(?P<blank>\s+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<text>'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<mark>:=|.)",
    re.DOTALL,
)
DIVIDERS = {"BEGIN", "DECLARE", "ELSE", "LOOP", "THEN"}
STATEMENTS = {"DELETE", "GRANT", "INSERT", "REVOKE", "SELECT", "UPDATE", "WITH"}
CONDITIONS = {"ELSIF", "IF", "RETURN", "WHILE"}
AFTER_TARGETS = {"FROM", "USING", "WHERE"}
# Without those that may be a column's name.
PLPGSQL_WORDS = {
    *("begin", "continue", "declare", "else", "elsif", "exception", "execute", "exit"),
    *("foreach", "if", "loop", "perform", "raise", "return", "then", "while"),
}


class Fragment(NamedTuple):
    """SQL to be linted by itself, and the line of the file on which it begins."""

    line: int
    text: str
    is_expression: bool


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    is_top: bool  # in no parentheses and in no CASE

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.is_top and self.text.upper() in words


class Body(NamedTuple):
    """The body of a function, and the line of the file on which it begins."""

    language: str
    text: str
    line: int


def bodies(text: str) -> Iterator[Body]:
    for found in FUNCTION.finditer(text):
        line = text.count("\n", 0, found.start("body")) + 1
        yield Body(found["language"], found["body"], line)


def fragments(body: Body) -> Iterator[Fragment]:
    if body.language == "sql":
        yield Fragment(body.line, body.text, is_expression=False)
        return
    for statement in statements(body.text):
        fragment = sql_of(statement, body.text)
        if fragment is not None:
            yield fragment._replace(line=fragment.line + body.line)


def lower_keywords(body: Body) -> Iterator[tuple[int, str]]:
    """The words of PL/pgSQL that are not in upper case, with their lines."""
    for token in tokens(body.text):
        if token.kind == "word" and token.text in PLPGSQL_WORDS:
            yield body.line + body.text.count("\n", 0, token.start), token.text


def tokens(text: str) -> Iterator[Token]:
    depth = cases = 0
    for found in TOKEN.finditer(text):
        kind, value = found.lastgroup or "", found[0]
        upper = value.upper() if kind == "word" else value
        closes = upper == ")" or (upper == "END" and cases > 0)
        yield Token(kind, value, found.start(), depth == 0 and cases == 0)
        depth += (upper == "(") - (upper == ")")
        cases += (upper == "CASE") - (closes and upper == "END")


def statements(text: str) -> Iterator[list[Token]]:
    """PL/pgSQL's statements and conditions, each without what divides it from the next."""
    statement: list[Token] = []
    for token in tokens(text):
        if token.kind == "blank" and not statement:
            continue
        at_start = not statement and token.is_word("EXCEPTION")
        if at_start or token.is_word(*DIVIDERS) or (token.is_top and token.text == ";"):
            yield statement
            statement = []
        else:
            statement.append(token)


def sql_of(statement: list[Token], text: str) -> Fragment | None:
    """A statement as SQL; None for one that holds no SQL, or only as a string."""
    words = [token for token in statement if token.kind != "blank"]
    if not words:
        return None
    head, *rest = words
    second = rest[0] if rest else head
    if head.is_word(*STATEMENTS):
        return fragment_of(without_targets(statement), text)
    if head.is_word("PERFORM"):
        select = head._replace(text="SELECT")
        return fragment_of([select, *statement[1:]], text)
    if head.is_word("RETURN") and second.is_word("QUERY"):
        query = rest[1]
        return (
            None
            if query.is_word("EXECUTE")
            else fragment_of(since(statement, query), text)
        )
    if head.is_word("FOR"):
        query = rest[2]
        return (
            fragment_of(since(statement, query), text)
            if query.is_word("SELECT")
            else None
        )
    if head.is_word(*CONDITIONS) and rest:
        return fragment_of(since(statement, second), text, is_expression=True)
    for token, value in zip(words, rest, strict=False):
        if token.is_top and token.text == ":=":
            return fragment_of(since(statement, value), text, is_expression=True)
    return None


def since(statement: list[Token], first: Token) -> list[Token]:
    return statement[statement.index(first) :]


def without_targets(statement: list[Token]) -> list[Token]:
    """Without `INTO v_x, v_y`, but for that of INSERT; its newlines stay."""
    kept: list[Token] = []
    in_targets = False
    previous = ""
    for token in statement:
        if token.is_word("INTO") and previous != "INSERT":
            in_targets = True
        elif token.is_word(*AFTER_TARGETS):
            in_targets = False
        if not in_targets:
            kept.append(token)
        elif "\n" in token.text:
            # Instead of the blank before INTO: lines do not end in blanks.
            if kept[-1].kind == "blank" and not kept[-1].text.startswith("--"):
                token = token._replace(text=kept.pop().text.rstrip(" ") + token.text)
            kept.append(token)
        if token.kind == "word":
            previous = token.text.upper()
    return kept


def fragment_of(
    parts: list[Token], text: str, *, is_expression: bool = False
) -> Fragment:
    """The parts at the margin, as they would stand outside of a function."""
    first = parts[0].start
    begin_of_line = text.rfind("\n", 0, first) + 1
    line = text[begin_of_line:first]
    indent = len(line) - len(line.lstrip())
    # FOUND is a variable, and so an identifier.
    texts = ["found" if part.is_word("FOUND") else part.text for part in parts]
    joined = "".join(texts).rstrip()
    at_margin = re.sub(rf"\n {{0,{indent}}}", "\n", joined)
    sql = ("SELECT 1 WHERE " if is_expression else "") + at_margin + ";\n"
    return Fragment(text.count("\n", 0, first), sql, is_expression)
