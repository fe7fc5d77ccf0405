"""What may be engraved on a piece."""

import unicodedata

from store.domain import refusal


class EngravingRefusedError(refusal.RefusedError):
    """The text cannot be engraved on this piece.

    `rule` is `not_offered`, `too_long` (`limit` says how many characters fit) or
    `not_printable`: a line break, a control or an invisible character.
    """


def check_engraving(text: str, *, length: int) -> str:
    """Return the text as it will be engraved, without spaces around it.

    Composed and decomposed letters are one: an accent is no character of its own.

    Raises:
        EngravingRefusedError: it cannot be engraved in `length` characters.
    """
    wanted = unicodedata.normalize("NFC", text).strip()
    if wanted and not length:
        raise EngravingRefusedError("engraving", "not_offered")
    if len(wanted) > length:
        raise EngravingRefusedError("engraving", "too_long", length)
    if not wanted.isprintable():
        raise EngravingRefusedError("engraving", "not_printable")
    return wanted
