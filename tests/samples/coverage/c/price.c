#include <stdio.h>

static int discounted(int price, int percent) {
    if (percent < 0) {
        return -1;
    }
    if (percent > 50)
        percent = 50;
    return price * (100 - percent) / 100;
}

int never_called(int price) {
    return price + 1;
}

int main(void) {
    printf("%d\n", discounted(100, 60));
    return 0;
}
