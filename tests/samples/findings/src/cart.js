// A sample with faults on purpose, for ESLint to find.
const unused = 1;
function total(prices) {
  debugger;
  return eval(prices.join("+"));
}
total(["1", "2"]);
// eslint-disable-next-line no-eval -- a constant text
eval("1");
