"""Names for JSON values that travel through the simulator.

Objects of the API are plain dictionaries here: the contract, not a class,
says what they may hold.
"""

from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
Schema: TypeAlias = dict[str, Any]
