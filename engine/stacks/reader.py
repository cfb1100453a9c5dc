"""A cursor over bytes that never reads past the end: what every decoder here shares."""


class Reader:
    """Takes fields from `data` in order; ValueError, with the field's name, where the bytes end too soon."""

    __slots__ = ("data", "position")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, count: int, field: str) -> bytes:
        """The next `count` bytes."""
        start, end = self.position, self.position + count
        if end > len(self.data):
            left = len(self.data) - start
            raise ValueError(f"{field} needs {count} bytes at offset {start}, but {left} are left: cut short")
        self.position = end
        return self.data[start:end]

    def number(self, size: int, field: str) -> int:
        """The next `size` bytes as an unsigned big-endian integer."""
        return int.from_bytes(self.take(size, field))

    def name(self, field: str) -> str:
        """A length byte and so many characters. Bytes above 127 become letters that no name rule allows."""
        return self.take(self.number(1, f"length of {field}"), field).decode("latin-1")

    def finish(self, field: str) -> None:
        """Refuse bytes that are left over."""
        if self.position != len(self.data):
            left = len(self.data) - self.position
            raise ValueError(f"{field} ends at offset {self.position}, but {left} bytes follow: remove them")
