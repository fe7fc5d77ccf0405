"""What donations must come to, in plain integers and dictionaries.

Written from the donation rules alone: nothing here is shared with the ledger.
"""

from collections import Counter
from fractions import Fraction


class Auditor:
    """Keeps its own books of pledges, gifts and payments."""

    def __init__(self):
        self.pledges = {}
        self.gifts = {}
        self.instructed = Counter()
        self.confirmed = Counter()

    def promise(self, pledge, *, bps, weights, cap):
        """Note what a pledge says, or that its cap is another one now."""
        self.pledges[pledge] = {"bps": bps, "weights": weights, "cap": cap}
        self._fill(pledge)

    def owe(self, source, pledge, base):
        """Note what a line owes; told again it changes nothing."""
        if source not in self.gifts:
            self.gifts[source] = {
                "pledge": pledge,
                "number": len(self.gifts),
                "target": self._share(pledge, base),
                "posted": 0,
                "turn": None,
                "held": False,
                "shipped": False,
                "released": False,
            }

    def set_aside(self, moment, sources=None):
        """Give a turn to what is due, in the order in which it was recorded."""
        for source in self.gifts if sources is None else sources:
            gift = self.gifts[source]
            if gift["turn"] is None and gift["target"]:
                gift["turn"] = (moment, gift["number"])
        self._fill_all()

    def tell(self, bases, *, held):
        """Note what is left of some lines, all at once."""
        for source, base in bases.items():
            gift = self.gifts[source]
            gift["held"] = held
            gift["target"] = self._share(gift["pledge"], base)
            gift["posted"] = min(gift["posted"], gift["target"])
        self._fill_all()

    def ship(self, sources):
        """Note that lines left the house."""
        for source in sources:
            self.gifts[source]["shipped"] = True

    def release(self):
        """Let everything go that was shipped and that nothing holds."""
        for gift in self.gifts.values():
            is_free = gift["shipped"] and not gift["held"] and gift["target"]
            if gift["turn"] and is_free:
                gift["released"] = True

    def instruct(self, pledge):
        """Pay whatever is payable; return how much to whom."""
        payable = {
            number: amount
            for (kind, number), amount in self.balances(pledge).items()
            if kind == "payable" and amount > 0
        }
        for number, amount in payable.items():
            self.instructed[pledge, number] += amount
        return payable

    def confirm(self, pledge, parts):
        """Note that payments arrived."""
        for number, amount in parts.items():
            self.confirmed[pledge, number] += amount

    def donations(self):
        """Return target, posted and hold of each line."""
        return {
            source: (gift["target"], gift["posted"], gift["held"])
            for source, gift in self.gifts.items()
        }

    def total(self, pledge):
        """Return what is posted for a pledge; within its cap, and all of it."""
        mine = [gift for gift in self._list(pledge) if gift["turn"]]
        posted = sum(gift["posted"] for gift in mine)
        targets = sum(gift["target"] for gift in mine)
        cap = self.pledges[pledge]["cap"]
        assert posted == (targets if cap is None else min(cap, targets))
        return posted

    def balances(self, pledge):
        """Return what accounts of a pledge hold, by kind and beneficiary's number."""
        found = Counter()
        for gift in self._list(pledge):
            home = "payable" if gift["released"] else "pending"
            home = "held" if gift["held"] else home
            parts = divide(gift["posted"], self.pledges[pledge]["weights"])
            for number, part in enumerate(parts):
                found[home, number] += part
                found["donation", None] -= part
        for (of, number), amount in self.instructed.items():
            if of == pledge:
                found["payable", number] -= amount
        return {key: amount for key, amount in found.items() if amount}

    def in_transit(self):
        """Return what was instructed and has not arrived."""
        return sum(self.instructed.values()) - sum(self.confirmed.values())

    def _list(self, pledge):
        return [gift for gift in self.gifts.values() if gift["pledge"] == pledge]

    def _share(self, pledge, base):
        whole, rest = divmod(base * self.pledges[pledge]["bps"], 10_000)
        return whole + (rest > 0)

    def _fill_all(self):
        for pledge in self.pledges:
            self._fill(pledge)

    def _fill(self, pledge):
        """Give what is left to whoever lacks some, by their turn."""
        mine = [gift for gift in self._list(pledge) if gift["turn"]]
        cap = self.pledges[pledge]["cap"]
        for gift in sorted(mine, key=lambda gift: gift["turn"]):
            left = gift["target"]
            if cap is not None:
                left = cap - sum(one["posted"] for one in mine)
            gift["posted"] += min(gift["target"] - gift["posted"], left)


def divide(total, weights):
    """Give units one by one to whoever is furthest behind their exact part."""
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [int(part) for part in exact]
    while sum(parts) < total:
        behind = [own - part for own, part in zip(exact, parts, strict=True)]
        parts[behind.index(max(behind))] += 1
    return parts


def left_of(bases, *, paid, returned, returned_amount, refunded):
    """Return what is left of each base after everything that went back."""
    rest = paid - returned_amount
    return [
        0 if number in returned or not rest else base - refunded * base // rest
        for number, base in enumerate(bases)
    ]
