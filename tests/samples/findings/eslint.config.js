module.exports = [
  { files: ["**/*.js"], rules: { "no-debugger": "error", "no-unused-vars": "warn", "no-eval": "error" } },
];
