"""Addresses of the store's part of the API, under /api/v1/."""

from django.urls import path

from store.api import documentation
from store.api.views import carts, catalog, certificates, money, orders

app_name = "store_api"

_catalog = [
    path("collections/", catalog.CollectionList.as_view(), name="collections"),
    path(
        "collections/<slug:slug>/",
        catalog.CollectionDetail.as_view(),
        name="collection",
    ),
    path("items/", catalog.ItemList.as_view(), name="items"),
    path("items/<slug:slug>/", catalog.ItemDetail.as_view(), name="item"),
    path(
        "certificates/<slug:number>/",
        certificates.CertificateDetail.as_view(),
        name="certificate",
    ),
]
_carts = [
    path("carts/", carts.CartList.as_view(), name="carts"),
    path("carts/<slug:token>/", carts.CartDetail.as_view(), name="cart"),
    path("carts/<slug:token>/lines/", carts.CartLineList.as_view(), name="cart_lines"),
    path(
        "carts/<slug:token>/lines/<slug:serial_number>/",
        carts.CartLineDetail.as_view(),
        name="cart_line",
    ),
    path(
        "carts/<slug:token>/voucher/",
        carts.CartVoucher.as_view(),
        name="cart_voucher",
    ),
    path(
        "carts/<slug:token>/currency/",
        carts.CartCurrency.as_view(),
        name="cart_currency",
    ),
    path(
        "carts/<slug:token>/checkout/",
        carts.CartCheckout.as_view(),
        name="cart_checkout",
    ),
]
_orders = [
    path("orders/", orders.OrderList.as_view(), name="orders"),
    path("orders/<slug:token>/", orders.OrderDetail.as_view(), name="order"),
    path(
        "orders/<slug:token>/returns/",
        orders.OrderReturns.as_view(),
        name="order_returns",
    ),
    path("refunds/", money.RefundList.as_view(), name="refunds"),
    path("disputes/", money.DisputeList.as_view(), name="disputes"),
    path("differences/", money.DifferenceList.as_view(), name="differences"),
]

urlpatterns = [
    *_catalog,
    *_carts,
    *_orders,
    path("schema/", documentation.SchemaView.as_view(), name="schema"),
    path("docs/", documentation.show_docs, name="docs"),
]
