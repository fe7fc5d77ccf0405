"""Customers of the sample's past. All are invented; the streets are not on any map."""

import dataclasses

from demo.sample import chance

FIRST_NAMES = (
    *("Thato", "Grace", "Mateo", "Ingrid", "Noah", "Amara", "Yuki", "Caleb"),
    *("Leila", "Owen", "Priya", "Hannah", "Diego", "Ruth", "Elias", "Mei"),
)
LAST_NAMES = (
    *("Molefe", "Hollis", "Rivera", "Lindqvist", "Reyes", "Okafor", "Tanaka"),
    *("Brooks", "Haddad", "Price", "Raman", "Weaver", "Castillo", "Adler", "Chen"),
)
STREETS = (
    "Larkspur Lane",
    "Quarry Road",
    "Millrace Street",
    "Heron Court",
    "Oak Ridge",
)
CITIES = (
    ("Overland Park", "KS", "66204"),
    ("Columbia", "MO", "65201"),
    ("Duluth", "MN", "55802"),
    ("Asheville", "NC", "28801"),
    ("Boise", "ID", "83702"),
    ("Providence", "RI", "02903"),
    ("Santa Fe", "NM", "87501"),
)
DOMAIN = "shoppers.example"


@dataclasses.dataclass(frozen=True, slots=True)
class Customer:
    """One invented customer with an address in the United States."""

    full_name: str
    email: str
    line1: str
    city: str
    region: str
    postal_code: str


def invent(number: int) -> Customer:
    """Return the customer of the order with this number."""
    draw = chance.seeded("customer", number)
    first, last = draw.choice(FIRST_NAMES), draw.choice(LAST_NAMES)
    city, region, postal_code = draw.choice(CITIES)
    return Customer(
        full_name=f"{first} {last}",
        email=f"{first}.{last}.{number}@{DOMAIN}".lower(),
        line1=f"{draw.randint(2, 980)} {draw.choice(STREETS)}",
        city=city,
        region=region,
        postal_code=postal_code,
    )
