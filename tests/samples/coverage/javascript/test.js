const assert = require("node:assert");
const { discounted } = require("./price.js");

assert.strictEqual(discounted(100, 60), 50);
