"""What the launcher shows: one calm table, then one line whenever something happens."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from demo.launcher.plan import Plan
from demo.sample import extras

TEST_CARDS = (
    ("4242 4242 4242 4242", "pays"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0027 6000 3184", "asks to confirm (3-D Secure)"),
)


class Screen:
    """Writes to the terminal; plain lines when it is not one."""

    def __init__(self, console: Console | None = None) -> None:
        """Write to the console that is given, else to standard output."""
        self._console = console or Console(highlight=False)

    def say(self, line: str) -> None:
        """Write one line."""
        self._console.print(line, markup=False)

    def show_programs(self, rows: Sequence[tuple[str, int | None, str]]) -> None:
        """Write one line per program: its name, process number and log."""
        table = Table.grid(padding=(0, 2))
        for name, pid, log in rows:
            table.add_row(f"  {name}", f"pid {pid}", f"log {log}")
        self._console.print(table)

    def show_addresses(self, plan: Plan, user: str, password: str) -> None:
        """Write where everything is, cards to pay with, and vouchers to try."""
        table = Table.grid(padding=(0, 2))
        table.add_row("  Shop", plan.url)
        table.add_row("  Admin", f"{plan.url}admin/")
        table.add_row("", f"user {user}, password {password}")
        table.add_row("  Mail", f"{plan.url}dev/mail/")
        table.add_row("  Stripe simulator", plan.simulator_url)
        for number, outcome in TEST_CARDS:
            table.add_row("  Test card", f"{number}  {outcome}")
        for code, tells in extras.tell_vouchers():
            table.add_row("  Voucher", f"{code}  {tells}")
        self._console.print()
        self._console.print(table)
        self._console.print()
