"""Symbols on several servers: who is asked, and how answers of all of them become one."""
