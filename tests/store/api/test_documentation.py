"""The schema: committed, served, true of the answers, and readable without a script."""

import io
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from django.core.management import call_command

from store.api import schema
from tests.store import paying
from tests.store.api import calling
from tests.store.api.staff import make_dispute, make_staff
from tests.store_factories import make_item_image, make_piece

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.yaml"


def test_committed_schema_is_current():
    """docs/openapi.yaml is what the code says."""
    output = io.StringIO()

    call_command(
        "spectacular",
        urlconf="store.api.described",
        custom_settings="store.api.schema.SETTINGS",
        validate=True,
        fail_on_warn=True,
        stdout=output,
    )

    assert output.getvalue() == COMMITTED.read_text(encoding="utf-8"), "make openapi"


def test_schema_is_served(client, db):
    """The served schema is the committed one, with this installation's address."""
    served = yaml.safe_load(client.get("/api/v1/schema/").content)

    committed = yaml.safe_load(COMMITTED.read_text(encoding="utf-8"))
    assert served.pop("servers") == [{"url": "https://shop.example"}]
    assert served == committed
    assert served["openapi"] == "3.1.0"


def test_schema_comes_as_json_too(client, db):
    """Programs that want JSON get it."""
    answer = client.get("/api/v1/schema/", headers={"accept": "application/json"})

    assert answer.json()["info"]["title"] == "Good Carat"


@pytest.mark.parametrize(
    ("address", "shape"),
    [
        ("/api/v1/collections/", "PaginatedCollectionList"),
        ("/api/v1/items/", "PaginatedItemSummaryList"),
        ("/api/v1/items/{slug}/", "Item"),
        ("/api/v1/certificates/{number}/", "Certificate"),
        ("/api/v1/orders/{token}/", "Order"),
        ("/api/v1/items/none/", "Problem"),
        ("/api/v1/items/?kind=hat", "Problem"),
    ],
)
def test_answers_are_as_described(client, db, address, shape):
    """Each answer fits the shape that the schema gives it."""
    piece = make_piece()
    make_item_image(item=piece.item)
    order = paying.make_paid_order(piece)
    document = schema.read_schema()

    answer = client.get(
        address.format(
            slug=piece.item.slug, number=piece.certificate.number, token=order.token
        )
    )

    described = {"$ref": f"#/components/schemas/{shape}", **document}
    jsonschema.Draft202012Validator(described).validate(answer.json())


@pytest.mark.parametrize("name", ["carts", "orders", "refunds", "disputes"])
def test_staff_and_carts_are_as_described(client, db, name):
    """What is answered to staff, and to who has a cart, fits its shape."""
    piece = make_piece()
    order = paying.make_paid_order(piece)
    client.force_login(make_staff("view_order", "view_refund", "view_dispute"))
    cart = calling.open_cart(client, make_piece(item=piece.item))
    make_dispute(order.payments.get())
    shapes = {"orders": "StaffOrder", "refunds": "Refund", "disputes": "Dispute"}
    shape = f"Paginated{shapes[name]}List" if name in shapes else "Cart"

    answer = client.get(f"/api/v1/{name}/" if name in shapes else cart)

    described = {"$ref": f"#/components/schemas/{shape}", **schema.read_schema()}
    jsonschema.Draft202012Validator(described).validate(answer.json())


def test_examples_are_as_described():
    """Each example fits the shape that it is an example of."""
    document = schema.read_schema()
    contents = list(_contents(document["paths"]))

    for content in contents:
        described = {**content["schema"], "components": document["components"]}
        for example in content.get("examples", {}).values():
            jsonschema.Draft202012Validator(described).validate(example["value"])

    assert sum("examples" in content for content in contents) > 5


def test_docs_show_every_operation_and_shape(client, db):
    """The page lists all that the schema has, and runs no script."""
    text = client.get("/api/v1/docs/").content.decode()

    document = schema.read_schema()
    for path in document["paths"]:
        assert path in text
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in text
    assert "<script" not in text
    assert "style=" not in text


def test_settings_of_the_host_change_nothing():
    """Under a host's own DRF settings our schema is still the committed one."""
    code = (
        "import django, yaml; django.setup();"
        "from store.api import schema;"
        "document = schema.read_schema(); document.pop('servers');"
        "print(yaml.safe_dump(document))"
    )

    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.store.api.other_host"},
        cwd=COMMITTED.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )

    committed = yaml.safe_load(COMMITTED.read_text(encoding="utf-8"))
    assert yaml.safe_load(run.stdout) == committed


def _contents(paths):
    for methods in paths.values():
        for operation in methods.values():
            for part in (
                operation.get("requestBody", {}),
                *operation["responses"].values(),
            ):
                yield from part.get("content", {}).values()
