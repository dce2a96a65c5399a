"""What every test shares: names of cases that are the same in each process that collects them.

What belongs here: hooks for all tests. What does not: fixtures, which stand beside the tests that use them.
"""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case of bytes by its size: content may hold an instant (gzip), on which no two processes agree."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None
