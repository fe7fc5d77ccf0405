"""Words that a promise must not use, since nobody can check what they promise.

"Proceeds" and "profits" are parts of nothing that a shopper can see (donation rules,
section 8); the same is refused in the languages that a shop of ours is translated to.
"""

import re
import unicodedata

# A hyphen before the word makes another one of it: a not-for-profits' fund.
_VAGUE = re.compile(
    r"(?<![\w-])("
    r"proceeds|profits"
    r"|(?:rein|netto)?(?:erlös|gewinn)(?:e|s|es|en)?"
    r"|bénéfices|recettes|profits nets"
    r"|beneficios|ganancias|ingresos netos"
    r"|proventi|profitti|ricavato"
    r"|opbrengst|winst"
    r")(?!\w)"
)


def find_vague_words(text: str) -> list[str]:
    """Return the vague words of a text in their order, each once."""
    plain = unicodedata.normalize("NFC", text).casefold()
    return list(dict.fromkeys(_VAGUE.findall(plain)))
