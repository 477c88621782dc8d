package sample;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** Every way in which a test can end under Surefire; run by remake.sh. */
class RefundTest {
  private static int runs = 0;

  @Test
  void passes() {}

  @Test
  void failsHoweverOftenItIsRun() {
    assertEquals(3, 1 + 1, "one and one are two");
  }

  @Test
  void breaksHoweverOftenItIsRun() {
    throw new IllegalStateException("broke");
  }

  @Test
  void passesWhenRunAgain() {
    assertEquals(2, ++runs, "the first run fails");
  }

  @Test
  @Disabled("not on this machine")
  void isSkipped() {}
}
