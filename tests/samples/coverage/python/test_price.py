from shop.price import discounted, total


def test_prices():
    assert discounted(100, 60) == 50
    assert total([1, 2]) == 3
