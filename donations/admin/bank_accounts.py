"""Bank details of beneficiaries: proposed by one person, confirmed by another."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from donations.admin import screens
from donations.domain import bank, money
from donations.models import BankAccount
from donations.services import bank_accounts

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[BankAccount]
else:
    ModelForm = forms.ModelForm


class BankAccountForm(ModelForm):
    """Checks the digits before anybody proposes them."""

    class Meta:
        model = BankAccount
        fields = (
            "beneficiary",
            "holder",
            "currency",
            "iban",
            "account_number",
            "routing_number",
            "bic",
            "bank_name",
        )

    def clean(self) -> dict[str, Any]:
        """Name the field whose number no bank could have given out.

        Raises:
            ValidationError: there is one, or the currency is none.
        """
        found = super().clean() or {}
        try:
            money.check_currency(found.get("currency", ""))
        except ValueError as error:
            raise ValidationError({"currency": str(error)}) from error
        try:
            bank.normalize(read_details(found))
        except bank.BankDetailsError as error:
            raise ValidationError({error.field: str(error)}) from error
        return found


def read_details(values: dict[str, Any]) -> bank.BankDetails:
    """Return what was typed into the form."""
    names = [name for name in BankAccountForm.Meta.fields if name != "beneficiary"]
    return bank.BankDetails(**{name: values.get(name, "") for name in names})


@admin.register(BankAccount)
class BankAccountAdmin(screens.ReadOnlyScreen):
    """Who is paid where; numbers are whole only on the screen that confirms them."""

    form = BankAccountForm
    change_form_template = "donations/admin/bank_account.html"
    list_display = ["beneficiary", "masked", "currency", "stand", "proposed_at"]
    list_filter = ["beneficiary", "currency"]
    list_select_related = ["beneficiary", "decision"]
    ordering = ["-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those propose who may."""
        return request.user.has_perm("donations.add_bankaccount")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show who proposed what, and what became of it, once it is a row."""
        fields = BankAccountForm.Meta.fields
        return [*fields, "proposed_by", "proposed_at", "stand"] if obj else fields

    @admin.display(description="Account")
    def masked(self, account: BankAccount) -> str:
        """Return the last digits."""
        return account.details.masked

    @admin.display(description="Status")
    def stand(self, account: BankAccount) -> str:
        """Return what became of the proposal."""
        decision = getattr(account, "decision", None)
        if decision is None:
            return "proposed, waits for a second person"
        if decision.takes_effect_at is None:
            return f"refused by {decision.decided_by}"
        verb = "since" if decision.takes_effect_at <= timezone.now() else "from"
        day = timezone.localtime(decision.takes_effect_at).date().isoformat()
        return f"confirmed by {decision.decided_by}, in effect {verb} {day}"

    def save_model(
        self, request: HttpRequest, obj: BankAccount, form: Any, change: Any
    ) -> None:
        """Propose what was typed."""
        obj.pk = bank_accounts.propose_details(
            beneficiary_id=obj.beneficiary_id,
            details=read_details(form.cleaned_data),
            proposed_by_id=screens.user_id(request),
            at=timezone.now(),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the details, or decide as the button says that was pressed."""
        if request.method == "POST":
            return self._decide(request, int(object_id))
        account = BankAccount.objects.filter(pk=object_id, decision=None).first()
        is_proposer = account is not None and account.proposed_by_id == request.user.pk
        context = {
            "is_open": account is not None and _may_decide(request),
            "is_proposer": is_proposer,
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def _decide(self, request: HttpRequest, account_id: int) -> HttpResponse:
        if not _may_decide(request):
            raise PermissionDenied
        try:
            bank_accounts.decide_details(
                account_id=account_id,
                decided_by_id=screens.user_id(request),
                is_confirmed="confirm" in request.POST,
                at=timezone.now(),
            )
        except (
            bank_accounts.SamePersonError,
            bank_accounts.AlreadyDecidedError,
        ) as error:
            self.message_user(request, f"Nothing was done: {error}.", messages.ERROR)
        else:
            self.message_user(request, "Done.", messages.SUCCESS)
        return HttpResponseRedirect(request.path)


def _may_decide(request: HttpRequest) -> bool:
    return request.user.has_perm("donations.decide_bankaccount")
