package shop;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class PriceTest {
    @Test
    public void pricesAreDiscounted() {
        assertEquals(50, new Price().discounted(100, 60));
    }
}
