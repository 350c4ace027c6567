// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

/**
 * The CRC32C of two byte strings in a row, from the CRC32C of each and the length of the second. A
 * CRC is a remainder of polynomials over two elements; appending n bytes multiplies it by x to the
 * 8n, which takes a few dozen steps whatever n is.
 */
final class Crc32cCombination {

    /** Castagnoli's polynomial, bit-reflected: the highest power is the lowest bit. */
    private static final int POLYNOMIAL = 0x82F63B78;

    private static final int ONE = 1 << 31;
    private static final int X = 1 << 30;
    private static final int BYTE_BITS = 8;

    private Crc32cCombination() {}

    static int of(int first, int second, long secondLength) {
        return multiply(first, powerOfX(secondLength * BYTE_BITS)) ^ second;
    }

    private static int powerOfX(long exponent) {
        int result = ONE;
        int square = X;
        for (long left = exponent; left != 0; left >>>= 1) {
            if ((left & 1) != 0) {
                result = multiply(result, square);
            }
            square = multiply(square, square);
        }
        return result;
    }

    private static int multiply(int left, int right) {
        int product = 0;
        int shifted = right;
        for (int power = ONE; power != 0; power >>>= 1) {
            if ((left & power) != 0) {
                product ^= shifted;
            }
            shifted = shifted >>> 1 ^ ((shifted & 1) == 0 ? 0 : POLYNOMIAL);
        }
        return product;
    }
}
