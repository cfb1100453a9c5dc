"""PURE: what is to be said of the machine, the terminal, the log and the files with secrets."""

from __future__ import annotations

from engine.checkup.facts import Finding, LogFacts, Machine, SecretFacts, State, Terminal, Version

SUPPORTED: tuple[Version, Version] = ((3, 11), (3, 14))
"""From the first to before the second."""
SAFE_SQLITE: Version = (3, 51, 3)
SMALLEST_SCREEN = (80, 24)
_MB = 2**20


def judge_machine(machine: Machine) -> list[Finding]:
    """Judge Python, SQLite, the chain's hash functions, and memory."""
    return [_python(machine.python), _sqlite(machine.sqlite), _hashes(machine), _memory(machine)]


def dotted(version: Version) -> str:
    """Write a version."""
    return ".".join(map(str, version))


def _python(version: Version) -> Finding:
    first, beyond = SUPPORTED
    if first <= version[:2] < beyond:
        return Finding("python", State.OK, dotted(version))
    todo = f"use Python {dotted(first)} to {beyond[0]}.{beyond[1] - 1}, with which Batchdeck is tested"
    return Finding("python", State.WARNING, dotted(version), todo)


def _sqlite(version: Version) -> Finding:
    if version >= SAFE_SQLITE:
        return Finding("sqlite", State.OK, dotted(version))
    said = (
        f"{dotted(version)}: before {dotted(SAFE_SQLITE)} two connections that write and checkpoint at once can lose "
        "commits; an engine keeps one that writes"
    )
    return Finding("sqlite", State.WARNING, said, "let no other program write the database, or use a newer SQLite")


def _hashes(machine: Machine) -> Finding:
    wrong = [name for name, by in machine.hashes.items() if by is None]
    if wrong:
        said = f"{' and '.join(wrong)} come out wrong: nothing could be signed rightly"
        return Finding("hashes", State.UNWELL, said, "install pycryptodome anew, or use another Python")
    return Finding("hashes", State.OK, ", ".join(f"{name} by {by}" for name, by in machine.hashes.items()))


def _memory(machine: Machine) -> Finding:
    limit = machine.memory_share * machine.memory_there
    said = (
        f"{machine.memory_there / _MB:.0f} MB, of which an engine may use {limit / _MB:.0f} MB "
        f"({machine.memory_share:.0%}); this process has {machine.memory_used / _MB:.0f} MB"
    )
    if machine.memory_used <= limit:
        return Finding("memory", State.OK, said)
    return Finding("memory", State.UNWELL, said, "raise BATCHDECK_MEMORY_LIMIT, or give it more memory")


def judge_terminal(terminal: Terminal) -> Finding:
    """Judge what the console would draw on; scripts need none."""
    if not terminal.interactive:
        return Finding("terminal", State.OK, "none: the console needs one, the other commands don't")
    said = f"{terminal.kind or 'of unknown kind'}, {terminal.columns}x{terminal.lines}, {terminal.encoding}"
    said += "" if terminal.colour else ", without colour"
    if terminal.kind == "dumb":
        return Finding("terminal", State.WARNING, said, "the console can't draw there: use another, or set TERM right")
    if (terminal.columns, terminal.lines) < SMALLEST_SCREEN or terminal.lines < SMALLEST_SCREEN[1]:
        return Finding("terminal", State.WARNING, said, "make it 80x24 or larger, or the console shows less")
    return Finding("terminal", State.OK, said)


def judge_log(log: LogFacts) -> Finding:
    """Judge the place of the log: one that can't be written keeps nobody from working, but is missed later."""
    if log.problem is None:
        return Finding("log", State.OK, str(log.path))
    return Finding("log", State.WARNING, f"{log.path} can't be written: {log.problem}", "name another with --log-file")


def judge_secrets(secrets: tuple[SecretFacts, ...]) -> list[Finding]:
    """Judge the files with secrets that the settings name, apart from the keys."""
    return [_secret(secret) for secret in secrets]


def _secret(secret: SecretFacts) -> Finding:
    part = secret.setting.replace("_", " ")
    trouble = secret.problem or secret.exposed
    if trouble is None:
        return Finding(part, State.OK, f"{secret.path}, its owner's alone")
    said, _, todo = trouble.rpartition(": ")
    state = State.UNWELL if secret.problem else State.WARNING
    return Finding(part, state, said or todo, todo if said else "put the file right")
