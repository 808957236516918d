"""The door of the tracking service: size, method and an answer in its own form."""

import pytest

pytestmark = pytest.mark.django_db


def test_an_unknown_parcel_is_answered_in_the_service_form(client):
    answer = client.post("/notify/kuaidi100/NOSUCH/", {"param": "{}", "sign": "X"})
    assert answer.status_code == 404
    assert answer.json()["result"] is False


def test_only_post_and_only_small(client):
    assert client.get("/notify/kuaidi100/NOSUCH/").status_code == 405
    assert client.post("/notify/kuaidi100/NOSUCH/", {"param": "x" * 70_000}).status_code == 413
