// The same for the test runner of Node.
import assert from "node:assert";
import { describe, test } from "node:test";

describe("a refund", () => {
  test("passes", () => assert.equal(1 + 1, 2));
  test("fails", () => assert.equal(1 + 1, 3));
  test("is skipped", { skip: "not today" }, () => {});
  test("is still to be written", { todo: true }, () => {});
});
test("stands alone", () => {});
