// Every way in which a test of Jest can end; run by remake.sh.
let runs = 0;
jest.retryTimes(1);

describe("a refund", () => {
  test("passes", () => expect(1 + 1).toBe(2));
  test("fails", () => expect(1 + 1).toBe(3));
  test("throws", () => { throw new Error("broke"); });
  test("passes when run again", () => expect(++runs).toBe(2));
  test.skip("is skipped", () => {});
  test.todo("is still to be written");
});
