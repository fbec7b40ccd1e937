/* CRC-32 sixteen bytes at a time, for processors that multiply without carries (pclmul, x86 since 2010).
 *
 * A checksum is the remainder of the message, as a polynomial over bits, by P. Moving 128 bits by n places to the end
 * multiplies them by x^n, and only the remainder of x^n by P counts: so a block is folded into the one behind it by two
 * multiplications with constants. Four blocks are folded side by side, since a multiplication takes several cycles. The
 * constants are these remainders, bit-reflected as everything is in this CRC, and doubled: x^(4*128+32), x^(4*128-32),
 * x^(128+32), x^(128-32), x^64; P itself and x^64 divided by P are those of Barrett's reduction in the end. After V. Gopal and
 * others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009.
 */
#ifndef TORQ_CRC_X86_H
#define TORQ_CRC_X86_H

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

enum { FOLDED_MIN = 64 };

#define FOLD(block, by) \
    _mm_xor_si128(_mm_clmulepi64_si128(block, by, 0x00), _mm_clmulepi64_si128(block, by, 0x11))

__attribute__((target("pclmul,sse4.1"))) static __m128i load_block(const uint8_t *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* `size` is FOLDED_MIN at least, and a multiple of 16. */
__attribute__((target("pclmul,sse4.1"), noinline))
static uint32_t crc_folded(uint32_t crc, const uint8_t *data, size_t size)
{
    const __m128i by_four = _mm_set_epi64x(0x1c6e41596, 0x154442bd4), by_one = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    const __m128i low_words = _mm_set_epi32(0, -1, 0, -1);
    __m128i lane[4];
    for (size_t at = 0; at < 4; at++)
        lane[at] = load_block(data + 16 * at);
    lane[0] = _mm_xor_si128(lane[0], _mm_cvtsi32_si128((int)crc));
    for (data += 64, size -= 64; size >= 64; data += 64, size -= 64)
        for (size_t at = 0; at < 4; at++)
            lane[at] = _mm_xor_si128(FOLD(lane[at], by_four), load_block(data + 16 * at));
    __m128i rest = lane[0];
    for (size_t at = 1; at < 4; at++)
        rest = _mm_xor_si128(FOLD(rest, by_one), lane[at]);
    for (; size >= 16; data += 16, size -= 16)
        rest = _mm_xor_si128(FOLD(rest, by_one), load_block(data));
    /* 128 bits to 64, those to 32 with room for the division, and the remainder. */
    rest = _mm_xor_si128(_mm_srli_si128(rest, 8), _mm_clmulepi64_si128(rest, by_one, 0x10));
    __m128i upper = _mm_srli_si128(rest, 4);
    rest = _mm_clmulepi64_si128(_mm_and_si128(rest, low_words), _mm_set_epi64x(0, 0x163cd6124), 0x00);
    rest = _mm_xor_si128(rest, upper);
    const __m128i barrett = _mm_set_epi64x(0x1f7011641, 0x1db710641);
    __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(rest, low_words), barrett, 0x10);
    quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low_words), barrett, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(rest, quotient), 1);
}

static bool can_fold(size_t size)
{
    return size >= FOLDED_MIN && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}
#else
enum { FOLDED_MIN = 0 };
static uint32_t crc_folded(uint32_t crc, const uint8_t *data, size_t size)
{
    (void)data, (void)size;
    return crc;
}
static bool can_fold(size_t size)
{
    (void)size;
    return false;
}
#endif
#endif
