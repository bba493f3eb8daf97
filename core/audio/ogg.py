"""The links of a chained Ogg file: whole files one after the other, as recordings of internet radio are."""

from collections.abc import Iterator

_BEGINS, _HEADER_BYTES = 2, 27


def ogg_links(data: bytes) -> list[bytes]:
    """The links of an Ogg file; any other data are one link.

    FFmpeg reads on over the border of links that are alike, but not where channels, rate or codec change, and drops
    some sound at each border.
    """
    starts = []
    was_beginning = False
    for at, flags in _pages(data):
        is_beginning = bool(flags & _BEGINS)
        if is_beginning and not was_beginning:
            starts.append(at)
        was_beginning = is_beginning
    return [data[start:end] for start, end in zip([0, *starts[1:]], [*starts[1:], len(data)], strict=True)]


def ends_inside_page(data: bytes) -> bool:
    """Whether an Ogg file is cut short."""
    last = max((at for at, _ in _pages(data)), default=None)
    return last is not None and last + _page_bytes(data, last) > len(data)


def _pages(data: bytes) -> Iterator[tuple[int, int]]:
    """First byte and flags of the pages (RFC 3533, section 6); what is damaged between them is passed over."""
    at = 0 if data.startswith(b"OggS") else -1
    while 0 <= at <= len(data) - _HEADER_BYTES:
        yield at, data[at + 5]
        at = data.find(b"OggS", at + _page_bytes(data, at))


def _page_bytes(data: bytes, at: int) -> int:
    n_segments = data[at + 26]
    return _HEADER_BYTES + n_segments + sum(data[at + _HEADER_BYTES : at + _HEADER_BYTES + n_segments])
