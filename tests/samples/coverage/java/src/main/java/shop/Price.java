package shop;

public class Price {
    public int discounted(int price, int percent) {
        if (percent < 0) {
            throw new IllegalArgumentException("a discount is not negative");
        }
        int most = percent > 50 ? 50 : percent;
        return price * (100 - most) / 100;
    }

    public int neverCalled(int price) {
        return price + 1;
    }
}
