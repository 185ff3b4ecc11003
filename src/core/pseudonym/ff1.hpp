// FF1 of NIST SP 800-38G, with the limits of its revision 1: encryption of numbers into numbers of the same kind.
#pragma once

#include "core/pure.hpp"

#include "core/integers.hpp"
#include "core/pseudonym/aes_block.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace health_dp::core::pseudonym {

// A number of `length` digits in base `radix`, in two: the first length/2 digits and the rest, each as one number.
struct Halves {
    Unsigned128 left;
    Unsigned128 right;
};

// For one key, form and tweak, all of which the first block and all but the last of every round's blocks depend on
// alone: they are encrypted once, and each of the ten rounds costs one block.
class Ff1 {
  public:
    static constexpr unsigned kMaxRadix = 1U << 16U;
    static constexpr std::uint64_t kMinDomain = 1'000'000; // revision 1
    static constexpr std::size_t kMaxTweakBytes = 1U << 16U;

    // out_of_range unless 2 ≤ radix ≤ kMaxRadix, 2 ≤ length, radix^length ≥ kMinDomain and the longer half is below
    // 2^96 (56 decimal digits in all): there a round's output is the one block that it computes anyway. A key of AES.
    static Result<Ff1> create(std::span<const std::uint8_t> key, unsigned radix, unsigned length,
                              std::span<const std::uint8_t> tweak);

    // One to one. Halves as described, anything else gives nonsense.
    Halves encrypt(Halves halves) const;
    Halves decrypt(Halves halves) const;

    // The same for digits, most significant first. out_of_range unless they are `length` digits below radix.
    Result<std::monostate> encrypt(std::span<std::uint16_t> digits) const;
    Result<std::monostate> decrypt(std::span<std::uint16_t> digits) const;

    Unsigned128 left_size() const { return left_size_; }   // radix^(length/2)
    Unsigned128 right_size() const { return right_size_; } // radix^(length - length/2)

  private:
    Ff1(AesBlock aes, unsigned radix, unsigned length, Unsigned128 left_size, Unsigned128 right_size);
    void absorb(std::span<const std::uint8_t> tweak);
    Unsigned128 round_number(unsigned round, Unsigned128 half) const;
    Unsigned128 modulus(unsigned round) const { return round % 2 == 0 ? left_size_ : right_size_; }

    bool has_form(std::span<const std::uint16_t> digits) const;
    Halves halves_of(std::span<const std::uint16_t> digits) const;
    void write_digits(Halves halves, std::span<std::uint16_t> digits) const;

    AesBlock aes_;
    unsigned radix_;
    unsigned length_;
    Unsigned128 left_size_;
    Unsigned128 right_size_;
    unsigned number_bytes_;     // of a half: the standard's b
    unsigned output_bytes_;     // of a round: the standard's d
    AesBlock::Block chained_{}; // after the blocks that are the same in every round
    AesBlock::Block last_{};    // what the tweak leaves of the last one
};

} // namespace health_dp::core::pseudonym
