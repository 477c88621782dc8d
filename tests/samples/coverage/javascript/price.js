function discounted(price, percent) {
  if (percent < 0) {
    throw new Error("a discount is not negative");
  }
  return (price * (100 - (percent > 50 ? 50 : percent))) / 100;
}

function neverCalled(name) {
  return "hello " + name;
}

module.exports = { discounted, neverCalled };
