"""Keys, rights and sessions."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/api/access/test_key_table.py",
        "api/access/keys.py",
        ("        before, self.by_name", "        before, _"),
        ("self._changes += before != self.by_name", "self._changes += bool(before)"),
        ("if self.looks.age_seconds() > PAUSE_SECONDS", "if True"),
        ("if self.looks.age_seconds() > PAUSE_SECONDS", "if False"),
        ("self.by_name.get(key.name) == own", "key.name in self.by_name"),
        ("own = key._replace(session=None)", "own = key"),
        (
            "        if key.session is not None and not self.sessions.holds(key.session):\n            return False\n",
            "",
        ),
        ("self.key_streams if row.streams is None else row.streams", "row.streams"),
        ("return self._changes + self.sessions.ended", "return self._changes"),
        ("                await self.sessions.look()\n", ""),
        ("except DatabaseError as error:", "except ZeroDivisionError as error:"),
        (
            "return None if words is None else frozenset(words)",
            "return frozenset(words or ())",
        ),
        ("[self.owners] if self.owners else []", "[]"),
    ),
]
