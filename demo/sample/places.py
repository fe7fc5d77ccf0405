"""Where the sample's stones come from, and who handled them.

The districts of Yakutia are real; the deposits, the sorters, cutters, the laboratory,
the refiner and the workshop are fictional.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Facility:
    """A place and the firm that works there."""

    place: str
    country: str
    actor: str
    code: str

    @property
    def address(self) -> str:
        """Return the place with its region, where one is needed to find it."""
        return f"{self.place}, Yakutia" if self.country == "RU" else self.place


DEPOSITS = (
    Facility("Severny Uval pipe, Mirny district", "RU", "Severny Uval Mining", "SU"),
    Facility("Kyhyl Khaya pipe, Nyurba district", "RU", "Kyhyl Khaya Mining", "KK"),
    Facility("Tumat Creek alluvials, Anabar", "RU", "Tumat Creek Mining", "TC"),
    Facility("Ulakhan Taryn pipe, Olenyok", "RU", "Ulakhan Taryn Mining", "UT"),
    Facility("Bereler Ridge pipe, Zhigansk", "RU", "Bereler Ridge Mining", "BR"),
)
SORTERS = (
    Facility("Mirny", "RU", "Vilyuy Sorting House", "VS"),
    Facility("Yakutsk", "RU", "Lena Sorting Hall", "LS"),
)
CUTTERS = (
    Facility("Surat", "IN", "Saffron Lane Cutting", "SL"),
    Facility("Antwerp", "BE", "Scheldt Cutting", "SC"),
    Facility("Cape Town", "ZA", "Table Bay Polishing", "TB"),
)
LABORATORY = Facility("New York", "US", "Example Gem Laboratory", "XGL")
REFINER = Facility("Attleboro, Massachusetts", "US", "Loop Refinery", "LR")
WORKSHOP = Facility("Kansas City, Missouri", "US", "Hollow Oak Workshop", "HO")
ASSAY = Facility("Kansas City, Missouri", "US", "Example Assay Office", "XA")
