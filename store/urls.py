"""Every address of the shop, and the one include a host needs.

`path("", include("store.urls"))` brings the giving pages and both APIs along.
"""

from django.urls import URLPattern, URLResolver, include, path

from store import webhooks
from store.gateways import base as gateways
from store.views import (
    carts,
    catalog,
    certificates,
    checkout,
    currencies,
    health,
    items,
    orders,
    vouchers,
)

_pages = [
    path("", catalog.show_home, name="home"),
    path("collections/<slug:slug>/", catalog.show_collection, name="collection"),
    path("items/<slug:slug>/", items.show_item, name="item"),
    path(
        "certificates/<slug:number>.json",
        certificates.send_certificate_text,
        name="certificate_json",
    ),
    path(
        "certificates/<slug:number>/", certificates.show_certificate, name="certificate"
    ),
    path("cart/", carts.show_cart, name="cart"),
    path("cart/add/", carts.add_piece, name="cart_add"),
    path("cart/remove/", carts.remove_piece, name="cart_remove"),
    path("cart/engraving/", carts.engrave_piece, name="cart_engraving"),
    path("cart/voucher/", vouchers.change_voucher, name="cart_voucher"),
    path("currency/", currencies.change_currency, name="currency"),
    path("checkout/", checkout.check_out, name="checkout"),
    path("orders/gift/<slug:gift_token>/", orders.show_gift, name="gift_receipt"),
    path("orders/<slug:token>/", orders.show_order, name="order"),
    path("orders/<slug:token>/return/", orders.ask_for_return, name="order_return"),
    path("help/", catalog.show_help, name="help"),
    path("webhooks/stripe/", webhooks.receive_stripe_event, name="stripe_webhook"),
    path(
        "webhooks/stripe/connect/",
        webhooks.receive_stripe_event,
        {"endpoint": gateways.CONNECT},
        name="stripe_connect_webhook",
    ),
    path("health/live", health.show_live, name="health_live"),
    path("health/ready", health.show_ready, name="health_ready"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((_pages, "store"))),
    path("", include("donations.urls")),
    path("api/v1/", include("store.api.urls")),
    path("api/v1/", include("donations.api.urls")),
]
