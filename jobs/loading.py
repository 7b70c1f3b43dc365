"""Loading packages late, in a process that has several threads.

NumPy, SciPy and others import parts of themselves in circles: of two threads that load one at
once, both may find half a module. So who imports such a package in a function, or a module of
ours that does, holds this lock meanwhile.
"""

from threading import RLock

LOADING = RLock()
