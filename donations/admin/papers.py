"""Contracts, consents, register extracts and filings: the papers of a pledge.

Services store the files and record the rows; what is recorded is only read.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from donations.admin import screens, territory_field
from donations.domain import statute, territory
from donations.models import Consent, Contract, Document, Filing, RegisterExtract
from donations.services import documents, papers

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

_EMPTY = "The file is empty."


class UploadForm(ModelForm):
    """A form with a file that a service stores."""

    upload = forms.FileField(label="File", help_text="Kept with its SHA-256.")

    def clean_upload(self) -> Any:
        """Refuse an empty file, which proves nothing."""
        upload = self.cleaned_data["upload"]
        if upload and not upload.size:
            raise ValidationError(_EMPTY)
        return upload


class ContractForm(UploadForm):
    """A contract; its file may be chosen later, or replaced by another."""

    upload = forms.FileField(label="Signed file", required=False)


class RecordedRows(screens.ReadOnlyRows):
    """Rows that are recorded on screens of their own."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: papers are never deleted."""
        return False


class ConsentRows(RecordedRows):
    """Who consented."""

    model = Consent
    fields = ["beneficiary", "given_by", "role", "given_on", "file"]
    readonly_fields = ("file",)

    @admin.display(description="File")
    def file(self, consent: Consent) -> str:
        """Link to the paper."""
        return link(consent.document)


class FilingRows(RecordedRows):
    """What was filed or waived, by whom and why."""

    model = Filing
    fields = ["rule", "outcome", "filed_on", "reference", "reason", "recorded_by"]


class RecordScreen(screens.Screen):
    """Adds a row through its service; nothing is changed or deleted afterwards."""

    form: type[ModelForm] = UploadForm

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: another row is recorded instead."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: papers are never deleted."""
        return False

    @admin.display(description="File")
    def file(self, row: Any) -> str:
        """Link to the paper, with its digest."""
        return link(row.document)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer the upload on a new row, and the stored file on a recorded one."""
        fields = [f for f in super().get_fields(request, obj) if f != "document"]
        if obj is None:
            return [f for f in fields if f != "file"]
        return [f for f in fields if f != "upload"]


@admin.register(Consent)
class ConsentAdmin(RecordScreen):
    """The beneficiaries' consents."""

    list_display = ["beneficiary", "contract", "given_by", "given_on"]
    list_select_related = ["beneficiary", "contract"]
    fields = ["contract", "beneficiary", "given_by", "role", "given_on", "upload"]
    fields += ["file"]
    readonly_fields = ["file"]
    autocomplete_fields = ["contract", "beneficiary"]

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Record the consent with its paper."""
        papers.record_consent(
            consent=obj,
            upload=form.cleaned_data["upload"],
            recorded_by_id=screens.user_id(request),
            at=timezone.now(),
        )


@admin.register(RegisterExtract)
class ExtractAdmin(RecordScreen):
    """What the registers say of the beneficiaries."""

    list_display = ["beneficiary", "taken_on"]
    list_select_related = ["beneficiary"]
    fields = ["beneficiary", "taken_on", "upload", "file"]
    readonly_fields = ["file"]
    autocomplete_fields = ["beneficiary"]

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Record the extract with its paper."""
        papers.record_extract(
            extract=obj,
            upload=form.cleaned_data["upload"],
            recorded_by_id=screens.user_id(request),
            at=timezone.now(),
        )


class FilingForm(ModelForm):
    """A filing that was made, or the reason why it is waived."""

    may_waive = False

    rule = forms.ChoiceField(choices=lambda: _list_rules())  # noqa: PLW0108

    def clean(self) -> dict[str, Any]:
        """Ask for a day and a reference, or for a reason and the right to waive."""
        values = super().clean() or self.cleaned_data
        if values.get("outcome") == Filing.Outcome.WAIVED:
            if not self.may_waive:
                self.add_error("outcome", "You may not waive what the law asks for.")
            self._ask(values, "reason", others=("filed_on", "reference"))
        else:
            self._ask(values, "filed_on", "reference", others=("reason",))
        return values

    def _ask(
        self, values: dict[str, Any], *names: str, others: tuple[str, ...]
    ) -> None:
        for name in names:
            if not values.get(name) and name not in self.errors:
                self.add_error(name, "This is needed.")
        for name in others:
            if values.get(name):
                self.add_error(name, "Leave this empty.")


@admin.register(Filing)
class FilingAdmin(RecordScreen):
    """Filings made and waived; the latest of a contract and a rule counts."""

    form = FilingForm
    list_display = ["contract", "rule", "outcome", "filed_on", "reference", "reason"]
    list_display_links = ["contract", "rule"]
    list_filter = ["outcome", "contract"]
    list_select_related = ["contract"]
    fields = ["contract", "rule", "outcome", "filed_on", "reference", "reason"]
    autocomplete_fields = ["contract"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show who recorded it, once it is recorded."""
        shown = ["recorded_by", "recorded_at"] if obj else []
        return [*self.fields, *shown]

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Tell the form whether this person may waive."""
        # Made anew for each request, so that it can carry a person's right.
        form: Any = super().get_form(request, *args, **kwargs)
        form.may_waive = request.user.has_perm("donations.waive_filing")
        return form

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Record the filing or the waiver."""
        named = {"contract_id": obj.contract_id, "rule": obj.rule}
        by, at = screens.user_id(request), timezone.now()
        if obj.outcome == Filing.Outcome.WAIVED:
            row = papers.waive_filing(**named, reason=obj.reason, by_id=by, at=at)
        else:
            row = papers.record_filing(
                **named,
                filed_on=obj.filed_on,
                reference=obj.reference,
                by_id=by,
                at=at,
            )
        obj.pk = row.pk


@admin.register(Contract)
class ContractAdmin(screens.Screen):
    """Contracts: edited until a published pledge rests on them."""

    form = ContractForm
    list_display = ["reference", "starts_on", "ends_on", "where"]
    search_fields = ["reference"]
    readonly_fields = ["where", "file"]
    inlines = [ConsentRows, FilingRows]

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Let territories be typed with commas."""
        if db_field.name == "territories":
            return db_field.formfield(form_class=territory_field.TerritoriesField)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the territories of a frozen contract in words, and no upload."""
        fields = [f for f in super().get_fields(request, obj) if f != "where"]
        if self.has_change_permission(request, obj):
            return fields
        shown = ["where" if name == "territories" else name for name in fields]
        return [name for name in shown if name != "upload"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow it until a published pledge rests on the contract."""
        return not _is_frozen(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow it until a published pledge rests on the contract."""
        return not _is_frozen(obj) and super().has_delete_permission(request, obj)

    @admin.display(description="Territories")
    def where(self, contract: Contract) -> str:
        """Return the territories in words."""
        return territory.describe_territories(contract.territories)

    @admin.display(description="File")
    def file(self, contract: Contract) -> str:
        """Link to the signed file, with its digest."""
        return link(contract.document)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Store a chosen file, then save the contract."""
        upload = form.cleaned_data["upload"]
        with transaction.atomic():
            if upload:
                papers.attach_contract_file(
                    contract=obj,
                    upload=upload,
                    stored_by_id=screens.user_id(request),
                    at=timezone.now(),
                )
            super().save_model(request, obj, form, change)


@admin.register(Document)
class DocumentAdmin(screens.ReadOnlyScreen):
    """The stored files, each with the digest of what was stored."""

    list_display = ["title", "sha256", "stored_at", "stored_by"]
    list_select_related = ["stored_by"]
    search_fields = ["title", "=sha256"]
    fields = ["title", "sha256", "is_intact", "stored_at", "stored_by", "file"]
    readonly_fields = ["is_intact", "file"]

    @admin.display(description="Is what was stored", boolean=True)
    def is_intact(self, document: Document) -> bool:
        """Compare the file with its digest."""
        return documents.is_intact(document=document)

    @admin.display(description="File")
    def file(self, document: Document) -> str:
        """Link to the file."""
        return link(document)

    def get_urls(self) -> list[URLPattern]:
        """Add the address of each file, for those who may look at papers."""
        view = self.admin_site.admin_view(self.send_file)
        name = "donations_document_file"
        return [path("<int:pk>/file/", view, name=name), *super().get_urls()]

    def send_file(self, request: HttpRequest, pk: int) -> FileResponse:
        """Send a file to be kept, never to be shown: nobody checked what it is."""
        document = Document.objects.filter(pk=pk).first()
        if document is None or not self.has_view_permission(request, document):
            raise Http404(str(pk))
        try:
            stored = documents.open_document(document=document)
        except FileNotFoundError as error:
            raise Http404(str(error)) from error
        return FileResponse(stored, as_attachment=True, filename=document.title)


def link(document: Document | None) -> str:
    """Return a link to a stored file, or that there is none."""
    if document is None:
        return "-"
    address = reverse("admin:donations_document_file", args=[document.pk])
    return format_html('<a href="{}">{}</a>', address, document)


def _is_frozen(contract: Contract | None) -> bool:
    return contract is not None and contract.versions.published().exists()


def _list_rules() -> list[tuple[str, str]]:
    rules = [r for r in statute.read_rules() if r.duty == statute.Duty.FILING]
    return [(rule.code, f"{rule.code}: {rule.title}") for rule in rules]
