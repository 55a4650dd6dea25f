"""Write a PDF's objects in one canonical order.

The converter numbers and lists fonts and drawing objects in an order that changes from run to run;
what they say does not. Here the objects are numbered again in the order in which they are reached
from the catalogue, the names within a resource dictionary are sorted, and the cross-reference table
is written anew. This is no PDF library: it reads the plain layout that the converter writes
(classic cross-reference table, no object streams) and refuses anything else.
"""

import re

_HEADER = re.compile(rb"%PDF-1\.\d\n%[\x80-\xff]{4}\n")
_TRAILER = re.compile(
    rb"trailer\n<<\n  /Size (\d+)\n  /Root (\d+) 0 R\n  /Info (\d+) 0 R\n>>\n"
    rb"startxref\n(\d+)\n%%EOF"
)
_ENTRY = re.compile(rb"(\d{10}) \d{5} n\r\n")
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_RESOURCES = re.compile(rb"(?: +/[A-Za-z]+\d+ \d+ 0 R\n){2,}")


def canonical_pdf(content: bytes) -> bytes:
    """Return the same document with its objects in canonical order.

    Raises ValueError where the layout is not the one described above.
    """
    header, trailer = _HEADER.match(content), _TRAILER.search(content)
    if header is None or trailer is None:
        raise ValueError("the PDF has no plain header and trailer")
    size, root, info, table = (int(group) for group in trailer.groups())
    offsets = [int(found) for found in _ENTRY.findall(content[table : trailer.start()])]
    if len(offsets) != size - 1:
        raise ValueError("the PDF's cross-reference table is not one plain section")
    ends = dict(zip(sorted(offsets), [*sorted(offsets)[1:], table], strict=False))
    objects = {
        number: _object(content[start : ends[start]], number)
        for number, start in enumerate(offsets, start=1)
    }
    order = _reached([root, info], objects)
    return _written(header.group(), objects, order, root=root, info=info)


def _object(block: bytes, number: int) -> tuple[bytes, bytes]:
    """Split an object into its dictionary, where references stand, and its stream."""
    opening = f"{number} 0 obj\n".encode()
    body, ending, rest = block.rpartition(b"\nendobj")
    if not body.startswith(opening) or not ending or rest.strip():
        raise ValueError(f"object {number} of the PDF is not laid out plainly")
    head, keyword, stream = body.removeprefix(opening).partition(b"\nstream\n")
    return _RESOURCES.sub(_sorted_lines, head), keyword + stream


def _sorted_lines(found: re.Match[bytes]) -> bytes:
    return b"".join(sorted(found.group().splitlines(keepends=True)))


def _reached(starts: list[int], objects: dict[int, tuple[bytes, bytes]]) -> dict[int, int]:
    """Give the objects new numbers, depth first from ``starts``."""
    order: dict[int, int] = {}
    waiting = starts[::-1]
    while waiting:
        number = waiting.pop()
        if number not in order:
            order[number] = len(order) + 1
            found = [int(target) for target in _REFERENCE.findall(objects[number][0])]
            waiting += found[::-1]
    return order


def _written(
    header: bytes,
    objects: dict[int, tuple[bytes, bytes]],
    order: dict[int, int],
    *,
    root: int,
    info: int,
) -> bytes:
    def renumbered(found: re.Match[bytes]) -> bytes:
        return f"{order[int(found.group(1))]} 0 R".encode()

    parts, offsets, length = [header], [], len(header)
    for old, new in order.items():
        head, stream = objects[old]
        body = _REFERENCE.sub(renumbered, head) + stream
        part = f"\n{new} 0 obj\n".encode() + body + b"\nendobj\n"
        offsets.append(length + 1)
        length += len(part)
        parts.append(part)
    entries = "".join(f"{offset:010d} 00000 n\r\n" for offset in offsets)
    parts.append(
        (
            f"\nxref\n0 {len(order) + 1}\n0000000000 65535 f\r\n{entries}"
            f"trailer\n<<\n  /Size {len(order) + 1}\n  /Root {order[root]} 0 R\n"
            f"  /Info {order[info]} 0 R\n>>\nstartxref\n{length + 1}\n%%EOF"
        ).encode()
    )
    return b"".join(parts)
