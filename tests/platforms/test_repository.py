"""The name of a repository from the address that it is cloned from."""

from __future__ import annotations

import pytest

from gatepass.platforms._repository import repository_of


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("git@git.acme.example:acme/payments.git", "acme/payments"),
        ("https://git.acme.example/acme/payments.git", "acme/payments"),
        ("https://token@git.acme.example/acme/payments", "acme/payments"),
        ("https://git.acme.example:8443/acme/shop/payments.git/", "acme/shop/payments"),
        ("git@gitlab.acme.example:acme/shop/payments.git", "acme/shop/payments"),
        ("ssh://git@git.acme.example:7999/acme/payments.git", "acme/payments"),
        ("https://git.acme.example/scm/acme/payments.git", "acme/payments"),
        ("https://acme@dev.azure.com/acme/shop/_git/payments", "shop/payments"),
        ("git://git.acme.example/acme/payments.git", "acme/payments"),
        ("scm/payments", None),
        ("https://git.acme.example/payments.git", None),
        ("https://git.acme.example/acme/.git", None),
        ("/srv/git/acme/payments.git", None),
        ("../payments", None),
        ("file:///srv/git/acme/payments.git", None),
        ("C:\\git\\payments", None),
        ("", None),
        (None, None),
    ],
)
def test_a_repository_is_called_as_its_forge_calls_it(address, name):
    assert repository_of(address) == name
