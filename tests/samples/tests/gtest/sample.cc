// Every way in which a test of GoogleTest can end; run by remake.sh.
#include <gtest/gtest.h>

TEST(Refund, Passes) {}
TEST(Refund, Fails) { EXPECT_EQ(1 + 1, 3); EXPECT_TRUE(false) << "and <again>"; }
TEST(Refund, IsSkipped) { GTEST_SKIP() << "not on this machine"; }
TEST(Refund, DISABLED_IsDisabled) { FAIL(); }
TEST(DISABLED_Ledger, IsDisabledToo) { FAIL(); }

class Broken : public testing::Test {
 protected:
  static void SetUpTestSuite() { FAIL() << "the suite cannot be set up"; }
};
TEST_F(Broken, RunsAllTheSame) {}
