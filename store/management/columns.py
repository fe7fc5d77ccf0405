"""Plain text columns, for a terminal as well as for a mail from cron."""

from collections.abc import Iterator, Sequence

_GAP = "  "


def align(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()
) -> Iterator[str]:
    """Yield lines in which every column is as wide as its widest cell.

    The columns named in `right` hold numbers and end at the same place.
    """
    widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = (
            cell.rjust(width) if head in right else cell.ljust(width)
            for head, cell, width in zip(heads, row, widths, strict=True)
        )
        yield _GAP.join(cells).rstrip()
