"""Prices with discounts."""


def discounted(price, percent):
    if percent < 0:
        raise ValueError("a discount is not negative")
    if percent > 50:
        percent = 50
    return price * (100 - percent) / 100


def total(prices):
    result = 0
    for price in prices:
        if price:
            result += price
    return result


def never_called(name):
    greeting = "hello " + name
    return greeting
